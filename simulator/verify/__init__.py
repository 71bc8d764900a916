"""Verification: reads the target's state over SCIM and compares it with the state that the directory requires."""
