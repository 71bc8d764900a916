"""The shadow store: the resources that the provider of a connection pushed, separate from the accounts."""
