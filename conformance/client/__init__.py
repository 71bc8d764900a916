"""Judges a SCIM client: serves it situations, records what it sends, and compares that with the rules and the goal states."""
