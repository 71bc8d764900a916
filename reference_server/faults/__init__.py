"""Faults on purpose, for testing SCIM clients: off unless the server was started with --faults."""
