"""The packages that servers need: which an interpreter has, and overlays with the others."""
