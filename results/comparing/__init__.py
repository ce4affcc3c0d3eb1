"""Runs beside each other: what else differs, verdicts cell by cell, gates."""
