"""One load run: its options, Locust's process, the end state, and the verdict."""
