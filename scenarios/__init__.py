"""What load is applied, and the Locust code that applies it."""
