"""Tests of runners.targets."""
