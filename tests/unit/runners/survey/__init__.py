"""Tests of runners.survey."""
