"""The server under test: the client that reaches it and what its discovery documents say."""
