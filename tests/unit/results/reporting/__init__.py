"""Tests of results/reporting."""
