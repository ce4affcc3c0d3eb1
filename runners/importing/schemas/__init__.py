"""Schemas of an API: OpenAPI, as requests."""
