"""Tests of runners/services."""
