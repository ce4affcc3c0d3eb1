"""Tests of runners/audit."""
