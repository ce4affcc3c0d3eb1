"""The words of djbench: what is measured, and what everything is called. Standard library only."""
