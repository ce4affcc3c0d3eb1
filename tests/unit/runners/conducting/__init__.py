"""Tests of runners/conducting."""
