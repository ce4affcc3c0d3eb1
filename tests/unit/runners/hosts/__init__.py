"""Tests of runners/hosts."""
