"""Joiners, movers, leavers: what happens to people, as events that are data."""
