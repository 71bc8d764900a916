"""The stream of a run: its events, the file that holds them, and the schema that describes them."""
