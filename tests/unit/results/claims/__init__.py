"""Tests of results/claims."""
