"""How figures, names and commands are written, the same in every output."""
