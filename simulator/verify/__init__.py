"""Verification: the target's state, read back over SCIM, against what the directory says it must be."""
