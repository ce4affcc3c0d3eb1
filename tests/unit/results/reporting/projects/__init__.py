"""Mirrors results/reporting/projects."""
