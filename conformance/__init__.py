"""The conformance suite: checks tied to requirements, verdicts, reports."""
