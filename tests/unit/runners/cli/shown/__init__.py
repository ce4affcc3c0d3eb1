"""Tests of runners/cli/shown."""
