"""Tests of runners.importing.recordings."""
