"""Durable tables on TinyDB. They contain no SCIM code."""
