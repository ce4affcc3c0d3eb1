"""What a report says of the reader's own project: what it is, and what each of its requests takes."""
