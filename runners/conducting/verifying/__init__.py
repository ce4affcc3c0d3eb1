"""Right answers: what servers answer is learned, looked at, and compared."""
