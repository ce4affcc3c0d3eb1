"""What the target needs around it: database, cache, and services of its own."""
