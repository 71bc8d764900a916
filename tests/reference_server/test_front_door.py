"""Who may connect, and how long a connection may wait. What the door does over sockets is in tests/attacks/test_front_door.py."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reference_server.front_door.door import LIST_SECONDS, LOG_SECONDS, MANY, REFUSED_TOGETHER, Door
from reference_server.settings import Limits


@dataclass
class Client:
    """A connection as the door sees it; at work unless it says how long it is idle."""

    address: str = "a"
    idle_for: tuple[bool, int] | None = None
    gave_way: bool = False

    def idle(self) -> tuple[bool, int] | None:
        return None if self.gave_way else self.idle_for

    def give_way(self) -> None:
        self.gave_way = True


def full(door: Door) -> Door:
    while door.enter("a", (), -1):
        pass
    return door


def test_connections_are_limited_in_total() -> None:
    door, clients = Door(Limits(), 2, 0), [Client() for _ in range(2 + REFUSED_TOGETHER + 1)]
    assert [door.enter("a", clients[:number], 0) for number in (1, 2, 3)] == [True, True, False]
    assert door.enter("a", clients, 0) is None
    door.leave("a")
    assert door.enter("a", clients, 0) is True, "those that are refused do not count, however many there are"


def test_connections_are_limited_per_address() -> None:
    door = Door(Limits(), 9, 1)
    assert [door.enter(address, [Client()], 0) for address in ("a", "a", "b")] == [True, False, True]
    door.leave("a")
    assert door.enter("a", [Client()], 0) is True


def test_the_longest_idle_connection_gives_way_first_of_all_those_without_a_request() -> None:
    waits = [(True, -9), (False, -2), None, (True, -30), (False, -4)]
    clients = [Client("b" if number == 3 else "a", idle_for) for number, idle_for in enumerate(waits)]
    door = full(Door(Limits(), 5, 0))
    order = []
    for _ in range(4):
        assert door.enter("a", clients, 0) is True
        order += [number for number, client in enumerate(clients) if client.gave_way and number not in order]
    assert order == [4, 1, 3, 0]
    assert door.enter("a", clients, LIST_SECONDS / 2) is False
    assert [client.gave_way for client in clients] == [True, True, False, True, True]


def test_a_flood_does_not_make_the_door_look_at_all_connections_each_time() -> None:
    clients = [Client() for _ in range(2 * MANY)]
    door = full(Door(Limits(), 1, 0))
    assert door.enter("a", clients, 0) is False
    clients[2].idle_for = clients[3].idle_for = (False, 0)
    assert door.enter("a", clients, LIST_SECONDS / 2) is False, "the list is younger"
    assert door.enter("a", clients, LIST_SECONDS) is True
    assert door.enter("a", clients, LIST_SECONDS) is True
    clients[5].idle_for = (False, 0)
    assert door.enter("a", clients, LIST_SECONDS) is True, "a list that found many is made again"


def test_connections_that_came_after_the_list_give_way_as_well() -> None:
    clients = [Client() for _ in range(MANY)]
    door = full(Door(Limits(), MANY, 0))
    assert door.enter("a", clients, 0) is False, "all are at work"
    door.leave("a")
    clients[0] = Client("a", (False, 0))
    assert door.enter("a", clients, 0) is True, "one has left"
    assert door.enter("a", clients, LIST_SECONDS / 2) is True
    assert clients[0].gave_way


def test_an_address_beyond_its_limit_replaces_its_own_connections_only() -> None:
    clients = [Client("a", (False, -9)), Client("b", (True, -1)), Client("b")]
    door = Door(Limits(), 9, 1)
    assert [door.enter("b", clients, 0), door.enter("b", clients, 0)] == [True, True]
    assert [client.gave_way for client in clients] == [False, True, False]
    assert door.enter("b", clients, 1) is False


def test_a_full_server_logs_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    door = Door(Limits(), 0, 0)
    for now in (0.0, 1.0, LOG_SECONDS + 1.0):
        door.enter("192.0.2.1", [Client()], now)
    assert [record.getMessage() for record in caplog.records] == [
        "too many connections; rejected one from 192.0.2.1; further messages are suppressed for one minute"
    ] * 2
