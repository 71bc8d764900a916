"""A target that responds immediately: filters find nothing, and every creation and change succeeds."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import orjson
import uvloop

from reference_server.lifeline import start_guarded

NOBODY = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}'


class InstantTarget(asyncio.Protocol):
    """One keep-alive connection. Ids are numbered in the order of creation."""

    numbers = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, mark, rest = self.buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            place = head.lower().find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self.transport.write(self._answer(head[: head.find(b" HTTP/")], rest[:length]))

    def _answer(self, line: bytes, body: bytes) -> bytes:
        method, _, path = line.partition(b" ")
        if method in (b"PATCH", b"DELETE"):
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if method == b"POST":
            made = orjson.dumps({**orjson.loads(body), "id": str(next(self.numbers))})
            return _answer(b"201 Created", made)
        if b"?filter=" in path or b"&filter=" in path or b"startIndex=" in path:
            return _answer(b"200 OK", NOBODY)
        return _answer(b"200 OK", orjson.dumps({"id": path.partition(b"?")[0].rpartition(b"/")[2].decode()}))


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/scim+json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


@contextmanager
def instant_target() -> Iterator[str]:
    """Run the target in its own process and yield its base URL. Any token is accepted."""
    command = [sys.executable, "-m", "loadtests.bench.instant_target"]
    with start_guarded(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(InstantTarget, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/scim\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
