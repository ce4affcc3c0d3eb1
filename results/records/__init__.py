"""A run's directory: its records, and how they are read and written."""
