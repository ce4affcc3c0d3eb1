"""What to run: the choice, its price, its conditions, and the file that deploys it."""
