"""Tapes: recorded requests and responses that can be replayed against a server."""
