"""Fault injection for testing SCIM clients, which is off unless the server is started with --faults."""
