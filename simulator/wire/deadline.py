"""Connections with a time limit for the complete response, so that a target that trickles bytes cannot block a check.

The timeouts of urllib3 apply to each read of the socket. Here, a watchdog thread shuts down the socket of a late request.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LOOK_EVERY_S = 0.25


class Watchman:
    """Tracks which thread waits on which socket and until when. Its own thread runs only while requests are in progress."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._waiting: dict[int, tuple[float, Any]] = {}
        self._late: set[int] = set()
        self._lock = threading.Lock()
        self._walking = False

    def begin(self, connection: Any) -> None:
        """Record that the calling thread starts a request on this connection."""
        with self._lock:
            self._waiting[threading.get_ident()] = time.monotonic() + self.timeout_s, connection
            if not self._walking:
                self._walking = True
                threading.Thread(target=self._walk, daemon=True).start()

    def end(self) -> bool:
        """Record that the calling thread's request has ended. Returns whether it exceeded its time limit."""
        with self._lock:
            self._waiting.pop(threading.get_ident(), None)
            late = threading.get_ident() in self._late
            self._late.discard(threading.get_ident())
            return late

    def _walk(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            with self._lock:
                now = time.monotonic()
                late = {who: held for who, (until, held) in self._waiting.items() if until < now}
                self._late |= set(late)
                for who, connection in late.items():
                    del self._waiting[who]
                    # The connection forgets its socket when a response has no length; `opened` still refers to it.
                    with suppress(OSError, AttributeError):
                        connection.opened.shutdown(socket.SHUT_RDWR)
                if not self._waiting:
                    self._walking = False
                    return


def watched_pools(watchman: Watchman, **options: Any) -> urllib3.PoolManager:
    """A PoolManager whose connections notify the watchman at the start of each request."""

    class Watched:
        opened: socket.socket | None = None

        def connect(self) -> None:
            super().connect()  # type: ignore[misc]
            self.opened = self.sock  # type: ignore[attr-defined]

        def request(self, *arguments: Any, **more: Any) -> None:
            watchman.begin(self)
            super().request(*arguments, **more)  # type: ignore[misc]

    class Plain(Watched, HTTPConnection):
        pass

    class Tls(Watched, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    manager = urllib3.PoolManager(**options)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
    return manager
