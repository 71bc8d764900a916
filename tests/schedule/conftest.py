"""The schedule over both kinds of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference_server.embedded import embedded_server
from tests.stores import Stores
from tests.support import MONDAY, Scim


@pytest.fixture
def monday(stores: Stores) -> Iterator[Scim]:
    """A server of its own on virtual time: Monday, 2 March 2026, 05:00 UTC."""
    with embedded_server(data=stores.new(), virtual_clock_start=MONDAY) as server:
        yield Scim(server)
