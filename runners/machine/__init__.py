"""What this machine is, how it is set, and what else goes on on it."""
