"""Tests of runners.importing.schemas."""
