"""The identity provider's source of truth: users, groups, assignments, and a log of every change."""
