"""Tapes: recorded traffic, to be sent again and compared."""
