"""Tests of djbench."""
