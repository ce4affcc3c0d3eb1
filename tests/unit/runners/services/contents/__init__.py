"""Tests of runners/services/contents."""
