"""Generate valid values, resources, filters, and PATCH operations for any schema that a target publishes."""
