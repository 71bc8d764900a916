"""What the provider pushed: resources of one connection, apart from the service's own accounts."""
