"""Tests of runners/cli."""
