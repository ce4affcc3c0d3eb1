"""Tests of results/comparing."""
