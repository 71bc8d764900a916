"""A batch: commits that share one write and one sync of the journal. Everything that depends on one of them awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from reference_server.storage.tables import StorageFailed


class Batch:
    """Awaitable by any number of callers, with or without a task. Canceling one of them does not affect the others."""

    __slots__ = ("_callbacks", "_failure", "is_done")

    def __init__(self) -> None:
        self.is_done = False
        self._failure: str | None = None
        self._callbacks: list[Callable[[Any], object]] = []

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until the batch is durable. Raises StorageFailed if it was rolled back."""
        if not self.is_done:
            if asyncio.current_task() is None:
                yield self  # the caller is resumed by a callback, as by that of a future
            else:
                yield from self._future().__await__()
        if self._failure:
            raise StorageFailed(self._failure)

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Call this on the event loop as soon as the batch is done."""
        self._callbacks.append(callback)

    def end(self, failure: str | None) -> None:
        """The batch is durable, or it failed and was rolled back. Runs on the event loop."""
        self.is_done, self._failure = True, failure
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def _future(self) -> asyncio.Future[None]:
        """A future of one task, which is the only thing that its cancellation cancels."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(_: Any) -> None:
            if not future.done():
                future.set_result(None)

        self.add_done_callback(end)
        return future


DONE = Batch()
DONE.end(None)
