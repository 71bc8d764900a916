"""Entra's mapping expressions: parser and functions (entra.md 5.3)."""
