"""A wrapper of the transport: one write per response, and no close that discards a response in transit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OneWriteTransport:
    """Buffers the head of a response until uvicorn writes the body, which saves one system call per request."""

    __slots__ = ("_held", "_lingers", "_transport", "is_closing")

    def __init__(self, transport: Any, lingers: Callable[[], bool]) -> None:
        """`lingers` is called before a close and returns true if the connection will be closed later."""
        self._transport = transport
        self._lingers = lingers
        self.is_closing: Callable[[], bool] = transport.is_closing  # looked up once, because each response uses it
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._held and data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/1.1 ") and data[9:10] != b"1":
            self._held = data  # (a "100 Continue" must not be buffered, because the client waits for it)
        elif self._held or data:
            self._transport.write(self._held + data)
            self._held = b""

    def close(self) -> None:
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        if not self._lingers():
            self._transport.close()
