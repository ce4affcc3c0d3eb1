"""What is seen of a server and its services while a window is open."""
