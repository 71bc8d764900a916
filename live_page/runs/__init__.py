"""Conformance runs and load tests, each as a child process whose event stream is read while it runs."""
