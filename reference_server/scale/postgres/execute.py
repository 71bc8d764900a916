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

STATEMENTS = 256  # compiled statements to keep; the module `statements` has about forty for each engine


def execute(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of any statement, sent by SQLAlchemy. The first statement begins the transaction."""
    result = connection.execute(statement, given)
    return result.all() if result.returns_rows else ()


def fetch(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a constant statement in the current transaction. Raises DATABASE_ERRORS."""
    sql, names, fixed = _compiled(statement, connection.dialect)
    values = [given[name] if name in given else fixed[name] for name in names]
    pooled: Any = connection.connection
    try:
        lines: Sequence[Any] = pooled.dbapi_connection.run_async(lambda driver: driver.fetch(sql, *values))
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


@lru_cache(STATEMENTS)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """(SQL, the names of its parameters in order, the values of those that are constant)."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return compiled.string, tuple(compiled.positiontup), compiled.params
