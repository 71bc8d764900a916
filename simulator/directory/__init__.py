"""The identity provider's directory: users, groups, assignments, and a log of every change."""
