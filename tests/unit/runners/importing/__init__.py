"""Tests of runners.importing."""
