"""Who may connect, and how long a connection may wait. What the door does over sockets is in tests/attacks/test_front_door.py."""

from __future__ import annotations

import pytest

from reference_server.front_door.door import LOG_SECONDS, REFUSED_TOGETHER, Door
from reference_server.settings import Limits


def test_connections_are_limited_in_total() -> None:
    door = Door(Limits(), 2, 0)
    assert [door.enter("a", number, 0) for number in (1, 2, 3)] == [True, True, False]
    assert door.enter("a", 2 + REFUSED_TOGETHER + 1, 0) is None


def test_connections_are_limited_per_address() -> None:
    door = Door(Limits(), 9, 1)
    assert [door.enter(address, 1, 0) for address in ("a", "a", "b")] == [True, False, True]
    door.leave("a")
    door.leave("a")
    assert door.enter("a", 1, 0) is True


def test_a_full_server_logs_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    door = Door(Limits(), 0, 0)
    for now in (0.0, 1.0, LOG_SECONDS + 1.0):
        door.enter("192.0.2.1", 1, now)
    assert [record.getMessage() for record in caplog.records] == [
        "192.0.2.1: too many connections; further ones within a minute are not logged"
    ] * 2
