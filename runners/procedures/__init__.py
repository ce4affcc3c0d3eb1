"""What is measured next. Pure."""
