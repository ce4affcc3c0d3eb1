"""Tests of results/validating."""
