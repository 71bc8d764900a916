"""The event stream of a run: its events, its file, and its schema."""
