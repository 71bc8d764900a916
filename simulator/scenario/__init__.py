"""Scenarios: the YAML format and the built-in library."""
