"""The load generator's own benchmark: against other clients, against the clock, against a server that stands still."""
