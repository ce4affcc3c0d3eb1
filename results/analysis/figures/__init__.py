"""The figures of a cell: each is defined once, and every output takes it from there."""
