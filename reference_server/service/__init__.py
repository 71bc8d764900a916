"""The product behind SCIM: tenants, connections, accounts, sessions, access, audit."""
