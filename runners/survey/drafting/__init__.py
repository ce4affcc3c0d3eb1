"""What a project's djbench.toml says, drawn up from what is known of the project."""
