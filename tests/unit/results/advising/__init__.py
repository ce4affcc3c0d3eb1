"""Tests of results/advising."""
