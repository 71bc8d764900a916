"""A simulated company whose people and groups are derived from their number and a seed."""
