"""Failures of PostgreSQL: one sentence that says what cannot be done, without SQL, values, or passwords."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from reference_server.scale.postgres.errors import ConnectionLost, storage_failed
from reference_server.storage.tables import StorageFailed

STATEMENT, VALUE = "SELECT secret_column FROM accounts", "hunter2"


def of_driver(cause: BaseException, *, lost: bool = False) -> DBAPIError:
    """The error of a statement as SQLAlchemy raises it around the driver's."""
    error = Exception("adapter")
    error.__cause__ = cause
    return DBAPIError(STATEMENT, [VALUE], error, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ConnectionRefusedError(111, "Connection refused"), StorageFailed, "reached: Connection refused"),
        (TimeoutError(), StorageFailed, "reached: no response in time"),
        (OSError(), StorageFailed, "reached: OSError"),
        (NoneFree("QueuePool limit"), StorageFailed, "reached: all connections of this process are busy"),
        (asyncpg.CannotConnectNowError("starting up"), StorageFailed, "reached: starting up"),
        (asyncpg.InterfaceError("closed\nHINT: x"), StorageFailed, "reached: closed"),
        (asyncpg.DiskFullError("no space left"), StorageFailed, "written: no space left"),
        (of_driver(asyncpg.DiskFullError("no space left")), StorageFailed, "written: no space left"),
        (of_driver(asyncpg.ConnectionDoesNotExistError("x"), lost=True), ConnectionLost, "reached: the connection was"),
    ],
)
def test_a_failure_is_one_sentence_without_the_statement(
    error: Exception, kind: type[StorageFailed], message: str
) -> None:
    failed = storage_failed(error, "written")
    assert type(failed) is kind
    assert str(failed).startswith(f"the database cannot be {message}")
    assert [part for part in ("\n", STATEMENT, VALUE) if part in str(failed)] == []


def test_a_failure_that_is_reported_twice_keeps_its_kind_and_its_message() -> None:
    first = ConnectionLost("the database cannot be reached: the connection was lost")
    again = storage_failed(first, "read")
    assert (type(again), str(again)) == (ConnectionLost, str(first))
    assert again is not first  # each caller raises one of its own: tracebacks do not accumulate
