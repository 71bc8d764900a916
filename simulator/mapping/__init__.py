"""Attribute mappings: expressions, target paths, scoping filters, and the synchronization schema that holds them."""
