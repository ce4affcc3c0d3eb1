"""Recordings of a browser or a proxy: HAR files, as journeys."""
