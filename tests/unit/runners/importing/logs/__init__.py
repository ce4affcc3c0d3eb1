"""Tests of runners.importing.logs."""
