"""Tests of runners/planning."""
