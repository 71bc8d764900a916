"""A line between client and server that takes its time and, if asked, breaks now and then: a TCP proxy in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CHUNK = 65_536


@dataclass(slots=True)
class SlowLine:
    """Every request reaches the server `latency_s` after it was sent; each `break_every`-th ends in a reset (0: none).

    Resets come by turns before the server saw the request and instead of its answer. Requests are counted over all
    connections, so the share is the same whatever the order.
    """

    latency_s: float
    break_every: int = 0
    port: int = 0
    server_port: int = 0  # to be set before the first connection
    requests: int = 0
    resets: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        """One connection of a client, both ways, until either side ends it."""
        server_in, server_out = await asyncio.open_connection("127.0.0.1", self.server_port)
        broken = asyncio.Event()
        ways = [
            asyncio.create_task(self._to_server(client_in, server_out, client_out, broken)),
            asyncio.create_task(_to_client(server_in, client_out, broken)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for writer in (server_out, client_out):
            writer.close()

    async def _to_server(
        self,
        client_in: asyncio.StreamReader,
        server_out: asyncio.StreamWriter,
        client_out: asyncio.StreamWriter,
        broken: asyncio.Event,
    ) -> None:
        due = 0.0  # on the loop's clock; a body that follows its head at once is not delayed twice
        while chunk := await client_in.read(CHUNK):
            fate = self._fate(chunk)
            if fate == "lost":
                client_out.transport.abort()
                return
            if fate == "unanswered":
                broken.set()
            loop = asyncio.get_running_loop()
            due = loop.time() + self.latency_s if _begins_request(chunk) else due
            await asyncio.sleep(due - loop.time())
            server_out.write(chunk)

    def _fate(self, chunk: bytes) -> str:
        if not _begins_request(chunk):
            return "passes"
        self.requests += 1
        if not self.break_every or self.requests % self.break_every:
            return "passes"
        self.resets += 1
        return "lost" if self.resets % 2 else "unanswered"


async def _to_client(server_in: asyncio.StreamReader, client_out: asyncio.StreamWriter, broken: asyncio.Event) -> None:
    while chunk := await server_in.read(CHUNK):
        if broken.is_set():
            client_out.transport.abort()
            return
        client_out.write(chunk)


def _begins_request(chunk: bytes) -> bool:
    return b" HTTP/1.1\r\n" in chunk


@contextmanager
def slow_line(latency_s: float, break_every: int = 0) -> Iterator[SlowLine]:
    """A line whose `port` is known immediately. Set `server_port` before a client connects."""
    line, loop, ready = SlowLine(latency_s, break_every), asyncio.new_event_loop(), threading.Event()

    async def listen() -> None:
        server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
        line.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stopped.wait()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
