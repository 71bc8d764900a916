"""The reference SCIM 2.0 server: protocol, shadow tables, and sync into accounts."""
