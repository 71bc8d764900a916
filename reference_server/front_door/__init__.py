"""The front door: the limits of the HTTP protocol, which apply to every connection before authentication."""
