"""Runs a load test: options, Locust process, end state, and result."""
