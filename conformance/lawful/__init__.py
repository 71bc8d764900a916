"""Correct servers that differ from the reference server: the suite must not raise an alarm about any of them."""
