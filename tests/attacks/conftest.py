"""What attacks need: a whole server in this process, on virtual time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference_server.clock import VirtualClock
from tests.in_process import House, house
from tests.support import MONDAY


@pytest.fixture
def at() -> Iterator[House]:
    with house(VirtualClock(MONDAY)) as found:
        yield found
