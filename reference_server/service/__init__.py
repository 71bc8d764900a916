"""The application that SCIM provisions: tenants, connections, accounts, sessions, access, and audit."""
