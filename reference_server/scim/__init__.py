"""The protocol, pure: no I/O, no clock, no randomness; everything by schema characteristics, nothing by name."""
