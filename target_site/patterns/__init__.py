"""One module per I/O pattern: a pure payload, and one view per style next to each other."""
