"""The reference SCIM 2.0 service provider: protocol, shadow tables, sync into accounts."""
