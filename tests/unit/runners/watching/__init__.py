"""Tests of runners/watching."""
