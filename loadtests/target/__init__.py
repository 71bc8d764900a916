"""The server under test: access, reading back, and cleanup."""
