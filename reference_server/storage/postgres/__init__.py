"""The store in a PostgreSQL database, for any number of processes (SQLAlchemy Core, asyncpg)."""

from reference_server.storage.postgres.engine import PostgresTables, open_postgres

__all__ = ["PostgresTables", "open_postgres"]
