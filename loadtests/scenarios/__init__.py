"""The scenarios of load tests: the requests and their order."""
