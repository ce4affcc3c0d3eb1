"""The conductor's side of the load generator: its process, and what its samples say."""
