"""A small SCIM server with at most one defect, for the tests of the benchmark."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from loadtests.bench.population import Population, large_group
from loadtests.bench.server import Server

USERS = 250


class Tiny:
    """As much SCIM as the benchmark asks for, and at most one defect, named by `defect`."""

    def __init__(self, wanted: Population, defect: str = "") -> None:
        self.wanted, self.defect, self.asked = wanted, defect, 0
        self.users = {id_: {**body, "id": id_} for id_, body in zip(self.wanted.ids, self.wanted.people, strict=True)}
        self.members = [one["value"] for one in large_group(self.wanted.ids)["members"]]

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        """Status and body."""
        self.asked += 1
        url = urlsplit(target)
        kind, _, id_ = url.path.strip("/").partition("/")
        if self.defect == f"refuses {method} {kind}" or (self.defect == "fails now and then" and self.asked % 9 == 0):
            return 501, {"detail": "not today"}
        if kind == "Groups":
            return self._group(method, body)
        if id_:
            return self._user(method, id_, body)
        return self._create(body) if method == "POST" else (200, self._list(parse_qs(url.query)))

    def _group(self, method: str, body: Any) -> tuple[int, Any]:
        if method == "GET":
            members = [{"value": id_} for id_ in self.members]
            return 200, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "members": members}
        (operation,) = body["Operations"]
        if operation["op"] == "add":
            self.members += [one["value"] for one in operation["value"]]
        else:
            (gone,) = re.findall(r'"(.+)"', operation["path"])
            self.members = [] if self.defect == "empties groups" else [id_ for id_ in self.members if id_ != gone]
        return 204, None

    def _user(self, method: str, id_: str, body: Any) -> tuple[int, Any]:
        if id_ not in self.users:
            return 404, {}
        if method == "DELETE":
            del self.users[id_]
            return 204, None
        if method == "PATCH" and self.defect != "changes nothing":
            (operation,) = body["Operations"]
            value = operation["value"]
            self.users[id_] |= value if "path" not in operation else {operation["path"]: value}
        return 200, next(iter(self.users.values())) if self.defect == "answers somebody" else self.users[id_]

    def _create(self, body: Any) -> tuple[int, Any]:
        made = {**body, "id": f"new-{self.asked}"}
        if self.defect != "forgets":
            self.users[made["id"]] = made
        return 201, made

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        found = list(self.users.values())
        if "filter" in query and self.defect != "ignores filters":
            attribute, value = re.findall(r'(\w+) eq "(.*)"', unquote(query["filter"][0]))[0]
            known = self.defect != "finds nobody" or attribute != "externalId"
            found = [one for one in found if known and one[attribute] == value]
        total, start, count = len(found), int(query.get("startIndex", ["1"])[0]), int(query.get("count", ["500"])[0])
        start = 1 if self.defect == "ignores startIndex" else start
        page = found[start - 1 :][: min(count, 20 if self.defect == "has small pages" else count)]
        return {"totalResults": total, "Resources": page}


@asynccontextmanager
async def serving(tiny: Tiny) -> AsyncIterator[Server]:
    """The server on a real socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int((re.findall(r"content-length: (\d+)", head) or ["0"])[0])
                body = json.loads(await reader.readexactly(length)) if length else None
                method, target, _ = head.split(" ", 2)
                status, answer = tiny.answer(method, target, body)
                raw = b"" if answer is None else json.dumps(answer).encode()
                writer.write(f"HTTP/1.1 {status} So\r\ncontent-length: {len(raw)}\r\n\r\n".encode() + raw)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield Server("tiny", address, "token", preloaded=True)
    finally:
        listening.close()
