"""Sends statements; a constant one is compiled once and then goes directly to the driver.

SQLAlchemy caches compiled statements too, but its overhead per execution is larger than the time that the database takes
for a look-up by key, and a request makes several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable

STATEMENTS = 256  # kept compiled; the module `statements` has about forty, for each of the engines


def execute(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of any statement, sent by SQLAlchemy; the first of a transaction begins it."""
    result = connection.execute(statement, given)
    return result.all() if result.returns_rows else ()


def fetch(connection: Connection, statement: Executable, given: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a constant statement, in the transaction that has begun. Raises DATABASE_ERRORS."""
    sql, names, fixed = _compiled(statement, connection.dialect)
    values = [given[name] if name in given else fixed[name] for name in names]
    pooled: Any = connection.connection
    try:
        lines: Sequence[Any] = pooled.dbapi_connection.run_async(lambda driver: driver.fetch(sql, *values))
    except Exception:
        if not pooled.driver_connection.is_closed():
            raise
        return execute(connection, statement, given)  # fails as well, and SQLAlchemy tells its pool
    except BaseException:
        with suppress(Exception):
            connection.invalidate()  # the caller stopped waiting, so the answer is still to come
        raise
    return lines


@lru_cache(STATEMENTS)
def _compiled(statement: Executable, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """(SQL, the names of its parameters in order, the values of those that are constant)."""
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return compiled.string, tuple(compiled.positiontup), compiled.params
