"""A real PostgreSQL for tests, skipped with one line where none is installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import asyncpg  # noqa: F401  compiled against the real datetime: before a test freezes it
import pytest

from loadtests.bench.servers import postgresql
from loadtests.bench.servers.node_packages import NotInstalled
from loadtests.bench.servers.postgresql import PostgresServer as PostgresServer


@contextmanager
def postgres_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """A server that is gone at the end; SCIMULATOR_POSTGRES_TESTS=required makes a failure of a skip."""
    try:
        with postgresql.postgres_server(fsync=fsync) as server:
            yield server
    except NotInstalled as reason:
        if os.environ.get("SCIMULATOR_POSTGRES_TESTS") == "required":
            pytest.fail(str(reason))
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for every test that minds only its own database."""
    with postgres_server() as server:
        yield server


def emptied_database(server: PostgresServer) -> str:
    """The URL of the server's one database that is emptied for each caller: much cheaper than a fresh one."""
    url = _reused_database(server)
    server.query(url, "DROP SCHEMA IF EXISTS scimulator CASCADE")
    return url


@cache
def _reused_database(server: PostgresServer) -> str:
    return server.new_database()
