"""Servers that the tests of the suite share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.defects.proxy import defect_proxy
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.conformance.real_runs import Between


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    with embedded_server() as server:
        yield server


@pytest.fixture
def through(own_server: EmbeddedServer) -> Iterator[Callable[[Between], str]]:
    """The server's base URL as seen through a function between client and server."""
    with defect_proxy(own_server.base_url) as proxy:
        yield lambda between: proxy.add("between", between)
