"""The conductor: starts servers and services, runs trials, watches them, and offers the command line."""
