"""Tests of runners/procedures."""
