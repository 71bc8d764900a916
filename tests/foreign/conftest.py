"""The foreign servers as fixtures: each yields the server's base URL and its token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loadtests.bench.servers.node_packages import NotInstalled
from tests.foreign.targets import NAMES, ForeignServer, running


@pytest.fixture(scope="module", params=NAMES)
def foreign_server(request: pytest.FixtureRequest) -> Iterator[ForeignServer]:
    """Each of the servers in turn; one that cannot be had on this machine is skipped with the reason."""
    try:
        with running(str(request.param)) as server:
            yield server
    except NotInstalled as reason:
        pytest.skip(str(reason))
