"""The rules for clients: one function for each row of rules.csv, found by its name."""
