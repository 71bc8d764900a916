"""The PostgreSQL engine of the store: one database, any number of processes."""

from reference_server.scale.postgres.engine import open_postgres

__all__ = ["open_postgres"]
