"""A project's ``djbench.toml``: its tables as a person writes them, and the target that they make."""
