"""The Django site under test: one module per I/O pattern, sync and async views side by side."""
