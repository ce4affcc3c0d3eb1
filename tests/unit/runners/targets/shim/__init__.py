"""The part of djbench that runs in the processes of a reader's project."""
