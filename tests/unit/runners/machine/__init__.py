"""Tests of runners/machine."""
