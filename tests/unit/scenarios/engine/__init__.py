"""Tests of scenarios/engine."""
