"""Features for large installations: several processes, PostgreSQL, export, and import."""
