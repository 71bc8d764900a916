"""Parses the URL of a database for the driver and formats it without the password for messages."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from reference_server.storage.tables import FolderNotWritable

FORM = "postgresql://user:password@host:port/database"
OPTIONS = ("host", "port", "sslmode")


def address_of(text: str) -> URL:
    """The URL for the driver; `?host=/folder` is the folder of a socket. Raises FolderNotWritable."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise FolderNotWritable(f"database URL: expected {FORM}") from None
    if url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise FolderNotWritable(f"database URL: expected {FORM}, got {url.drivername}:")
    if not url.database:
        raise FolderNotWritable(f"database URL: expected {FORM}, got no database")
    foreign = sorted(set(url.query) - set(OPTIONS))
    if foreign:
        raise FolderNotWritable(f"database URL: expected the options {', '.join(OPTIONS)}, got {', '.join(foreign)}")
    query = {"ssl" if name == "sslmode" else name: value for name, value in url.query.items()}
    return url.set(drivername="postgresql+asyncpg", query=query)


def place_of(url: URL) -> str:
    """A name for messages, such as `database sales at db.example.com:5432 as scimulator`."""
    host = url.host or url.query.get("host") or "localhost"
    port = url.port or url.query.get("port") or 5432
    user = f" as {url.username}" if url.username else ""
    return f"database {url.database} at {host}:{port}{user}"
