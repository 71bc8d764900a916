"""What the minimal server does not need: several processes, PostgreSQL, export and import."""
