"""Tests of runners/procedures/claims."""
