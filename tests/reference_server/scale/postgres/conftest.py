"""An empty database for each test of the PostgreSQL engine."""

from __future__ import annotations

import pytest

from tests.postgres_server import PostgresServer


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.emptied_database()
