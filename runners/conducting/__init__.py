"""Carries out a plan: trial after trial, each checked and stored."""
