"""Protects commands against hostile files and reports unexpected errors."""
