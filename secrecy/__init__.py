"""Keeps secrets out of outputs and files private. The server and the tools share this package; it contains no SCIM code."""
