"""Lifecycle events (joiners, movers, leavers, groups) and expectations, as data."""
