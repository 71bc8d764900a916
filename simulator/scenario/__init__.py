"""Scenarios: YAML that a person can read aloud, and the built-in ones."""
