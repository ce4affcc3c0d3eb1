"""What is known of a project before a run."""
