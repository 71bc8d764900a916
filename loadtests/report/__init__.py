"""Reports of a load test, made from its event stream."""
