"""The live page: a local web application to drive a simulation by hand and to watch every request."""
