"""The limit for a whole answer: the watchman ends the socket of a request whose time is up."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from simulator.wire.deadline import Watchman


@dataclass
class Opened:
    """A socket that only knows whether it was shut down."""

    ended: threading.Event = field(default_factory=threading.Event)

    def shutdown(self, how: int) -> None:
        assert how == socket.SHUT_RDWR
        self.ended.set()


@dataclass
class Connection:
    opened: Opened = field(default_factory=Opened)


def test_a_request_in_time_is_left_alone() -> None:
    watchman, connection = Watchman(30.0), Connection()
    watchman.begin(connection)
    assert watchman.end() is False
    assert not connection.opened.ended.is_set()


def test_a_request_whose_time_is_up_loses_its_socket_and_is_late_once() -> None:
    watchman, connection = Watchman(0.0), Connection()
    watchman.begin(connection)
    assert connection.opened.ended.wait(10)
    assert [watchman.end(), watchman.end()] == [True, False]
