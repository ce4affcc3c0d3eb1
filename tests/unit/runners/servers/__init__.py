"""Tests of runners/servers."""
