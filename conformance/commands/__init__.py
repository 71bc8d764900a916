"""The command lines of the suite: one file for each command."""
