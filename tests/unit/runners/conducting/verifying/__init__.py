"""What servers answer is learned and compared."""
