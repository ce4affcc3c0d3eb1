"""Tests of target_site."""
