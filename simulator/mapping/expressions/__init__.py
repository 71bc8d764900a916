"""Entra's mapping expressions: parser and functions (docs/notes/entra.md 5.3)."""
