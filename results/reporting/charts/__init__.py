"""What is drawn: a module per kind of chart, and what they share."""
