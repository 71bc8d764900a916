"""Tells every open tab what has changed, at most a few times per second. A tab then reads again what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

LOOK_SECONDS = 0.15
ALIVE_SECONDS = 5.0  # how often something is sent at least, so that a tab notices when the process is gone


class Updates:
    """The open tabs. `state` makes the message, and `revision` changes whenever the message would."""

    def __init__(self, state: Callable[[], bytes], revision: Callable[[], int]) -> None:
        self._state, self._revision = state, revision
        self._tabs: set[WebSocket] = set()

    async def endpoint(self, socket: WebSocket) -> None:
        """One tab, until it is closed. It sends nothing that matters."""
        await socket.accept()
        await socket.send_text(self._state().decode())
        self._tabs.add(socket)
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._tabs.discard(socket)

    async def run(self) -> None:
        """Send what changes until the task is canceled."""
        seen, quiet = -1, 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            quiet += LOOK_SECONDS
            revision = self._revision()
            if revision == seen and quiet < ALIVE_SECONDS:
                continue
            seen, quiet = revision, 0.0
            if self._tabs:
                message = self._state().decode()
                await asyncio.gather(*(self._send(tab, message) for tab in list(self._tabs)))

    async def _send(self, tab: WebSocket, message: str) -> None:
        with suppress(RuntimeError, WebSocketDisconnect, OSError, TimeoutError):
            await asyncio.wait_for(tab.send_text(message), ALIVE_SECONDS)
            return
        self._tabs.discard(tab)
