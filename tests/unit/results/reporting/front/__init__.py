"""Tests of results/reporting/charts."""
