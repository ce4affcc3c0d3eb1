"""Tests of results/wording."""
