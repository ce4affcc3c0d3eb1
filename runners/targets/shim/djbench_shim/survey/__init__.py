"""What a look at the project asks: its settings, its URLs, and how they answer."""
