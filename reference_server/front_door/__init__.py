"""The front door: what every connection must keep to before anyone knows who is calling. Every server process uses it."""
