"""Access logs, as a mix of requests."""
