"""Tests of runners/loading."""
