"""The SCIM protocol as pure functions: no I/O, clock, or randomness. Behavior depends on schemas, not on names."""
