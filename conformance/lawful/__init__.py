"""Correct servers that differ from the reference server: the suite must report no failure for any of them."""
