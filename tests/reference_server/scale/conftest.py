"""Stores to export from and import into."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres_server import emptied_database
from tests.reference_server.scale.exports import (
    ENGINES,
    exported,
    lived,
    random_life,
)


@pytest.fixture(params=ENGINES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing was ever stored."""
    return (
        str(tmp_path / "target") if request.param == "folder" else emptied_database(request.getfixturevalue("postgres"))
    )


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a life behind it."""
    folder = str(tmp_path_factory.mktemp("source"))
    lived(folder, random_life)
    return folder


@pytest.fixture(scope="session")
def moved(source: str) -> bytes:
    return exported(source)
