"""An empty database for each test of the PostgreSQL engine."""

from __future__ import annotations

import pytest

from tests.postgres_server import PostgresServer, emptied_database


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return emptied_database(postgres)
