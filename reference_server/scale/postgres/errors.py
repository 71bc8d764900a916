"""Turns failures of PostgreSQL into StorageFailed, with one sentence without SQL, values, or passwords."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from reference_server.storage.tables import StorageFailed

DATABASE_ERRORS = (
    OSError,
    DBAPIError,
    NoneFree,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    UnicodeError,  # raised for an invalid host name
)


class ConnectionLost(StorageFailed):
    """The connection was dead when it was used, because the database server was stopped or the network failed."""


class IndexNotBuilt(StorageFailed):
    """The database does not have an index yet. A writing unit builds it."""


def storage_failed(error: BaseException, doing: str) -> StorageFailed:
    """The failure for the rest of the server; `doing` completes "the database cannot be ...": read or written."""
    if isinstance(error, StorageFailed):
        return type(error)(*error.args)
    if isinstance(error, NoneFree):
        return StorageFailed("the database cannot be reached: all connections of this process are busy")
    if isinstance(error, asyncpg.ConnectionDoesNotExistError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return ConnectionLost("the database cannot be reached: the connection was lost")
    unreachable = isinstance(error, OSError | asyncpg.CannotConnectNowError | asyncpg.InterfaceError)
    return StorageFailed(f"the database cannot be {'reached' if unreachable else doing}: {reason(error)}")


def reason(error: BaseException) -> str:
    """The first line of the message of the driver or the operating system."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
    if isinstance(error, TimeoutError):
        return "no response in time"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    said = str(error.args[0]) if error.args else ""
    return said.splitlines()[0] if said else type(error).__name__
