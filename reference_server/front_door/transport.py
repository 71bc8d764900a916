"""The transport as uvicorn sees it: one write per response, and no close that destroys a response on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OneWriteTransport:
    """Holds the head of a response back until its body comes, which uvicorn writes next: a system call less per request."""

    __slots__ = ("_held", "_lingers", "_transport", "is_closing")

    def __init__(self, transport: Any, lingers: Callable[[], bool]) -> None:
        """`lingers` is asked before the connection is closed, and returns true if it will be closed later."""
        self._transport = transport
        self._lingers = lingers
        self.is_closing: Callable[[], bool] = transport.is_closing  # asked for each response
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held and data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._held = data  # (a "100 Continue" is no head: the client waits for it)
        elif self._held or data:
            self._transport.write(self._held + data)
            self._held = b""

    def close(self) -> None:
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        if not self._lingers():
            self._transport.close()
