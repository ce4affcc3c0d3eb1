"""Tests of runners/cli/commands."""
