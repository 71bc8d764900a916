"""Sends statements. Constant statements are compiled once and then sent directly to the driver.

SQLAlchemy also caches compiled statements, but its overhead per execution is larger than the time that the database needs
for a look-up by key, and each request makes several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable

from reference_server.scale.postgres.errors import ConnectionLost

STATEMENTS = 256  # compiled statements to keep; the module `statements` has about forty for each engine


def execute(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of any statement, sent by SQLAlchemy. The first statement begins the transaction."""
    result = connection.execute(statement, given)
    return result.all() if result.returns_rows else ()


def fetch(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a constant statement in the current transaction. Raises DATABASE_ERRORS."""
    text, values = compiled(statement, connection.dialect, given)
    pooled: Any = connection.connection
    try:
        lines: Sequence[Any] = pooled.dbapi_connection.run_async(lambda driver: driver.fetch(text, *values))
    except Exception:
        if not pooled.driver_connection.is_closed():
            raise
        # Fails as well, so SQLAlchemy invalidates the connection in its pool.
        return execute(connection, statement, given)
    except BaseException:
        with suppress(Exception):
            connection.invalidate()  # the caller was canceled, so the response is still pending
        raise
    return lines


def control(connection: Connection, statement: str) -> Sequence[Any]:
    """Begin or end a transaction. Raises DATABASE_ERRORS, or ConnectionLost."""
    pooled: Any = connection.connection
    try:
        pooled.dbapi_connection.run_async(lambda driver: driver.execute(statement))
    except Exception:
        if not pooled.driver_connection.is_closed():
            raise
        raise ConnectionLost("the database cannot be reached: the connection was lost") from None
    return ()


def compiled(statement: Executable, dialect: Dialect, given: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """(SQL, parameters in order) of a constant statement for the driver."""
    text, names, fixed = _compiled(statement, dialect)
    return text, [given[name] if name in given else fixed[name] for name in names]


@lru_cache(STATEMENTS)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """(SQL, the names of its parameters in order, the values of those that are constant)."""
    made: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return made.string, tuple(made.positiontup), made.params
