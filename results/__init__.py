"""What was measured and what it means. Needs nothing but a run directory."""
