"""The SCIM endpoints of RFC 7644 over the shadow tables."""
