"""Pure logic: fast, no sockets, no processes."""
