"""A server that refuses an operation, or answers it wrongly, is shown as such and never as fast."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from loadtests.bench import rounds
from loadtests.bench.operations import OPERATIONS
from loadtests.bench.population import Population, Stored, fill, large_group, population
from loadtests.bench.probes import trouble_with
from loadtests.bench.rounds import Figures, compare
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


@pytest.fixture(scope="module")
def wanted() -> Population:
    return population(USERS)


def probed(wanted: Population, operation: str, defect: str = "") -> str | None:
    async def run() -> str | None:
        async with serving(Tiny(wanted, defect)) as server:
            return await trouble_with(operation, server, await fill(server, wanted))

    return asyncio.run(run())


def measured(tiny: Tiny, operation: str, *, count: int = 1, seconds: float = 0.02) -> Figures:
    async def run() -> Figures:
        async with serving(tiny) as server:
            stored: Stored = await fill(server, tiny.wanted)
            return await compare([(server, stored)], [operation], count, seconds, lambda _: None)

    return asyncio.run(run())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_right_answer_is_taken(wanted: Population, operation: str) -> None:
    assert probed(wanted, operation) is None


@pytest.mark.parametrize(
    ("operation", "defect", "words"),
    [
        ("GET by id", "refuses GET Users", "refused 501"),
        ("GET by id", "answers somebody", "wrong: somebody else"),
        ("filter userName eq", "ignores filters", f"wrong: finds {USERS}"),
        ("filter externalId eq", "finds nobody", "wrong: finds nobody"),
        ("filter externalId eq", "refuses GET Users", "refused 501"),
        ("page of 100", "has small pages", f"wrong: 20 on a page, {USERS} in all"),
        ("page of 100", "ignores startIndex", "wrong: pages overlap"),
        ("POST", "refuses POST Users", "refused 501"),
        ("POST", "forgets", "wrong: not there afterwards (404)"),
        ("POST", "refuses DELETE Users", "not measured: DELETE refused 501"),
        ("PATCH", "refuses PATCH Users", "refused 501"),
        ("PATCH", "changes nothing", "wrong: changes nothing"),
        ("PATCH one member", "refuses PATCH Groups", "refused 501"),
        ("PATCH one member", "refuses GET Groups", "wrong: the group cannot be read"),
        ("PATCH one member", "empties groups", "wrong: 0 members, expected 49"),
    ],
)
def test_another_answer_is_named(wanted: Population, operation: str, defect: str, words: str) -> None:
    assert probed(wanted, operation, defect) == words


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_measured_and_leaves_as_many_as_there_were(wanted: Population, operation: str) -> None:
    tiny = Tiny(wanted)
    figure = measured(tiny, operation, seconds=0.2)[operation, "tiny"]
    assert figure.trouble is None
    assert figure.per_second > 0
    assert len(figure.latencies) > 0
    assert not figure.one_by_one
    assert len(tiny.users) == USERS


def test_errors_while_measuring_are_counted_and_end_it(wanted: Population) -> None:
    figure = measured(Tiny(wanted, "fails now and then"), "GET by id")["GET by id", "tiny"]
    assert re.fullmatch(r"failed: [\d,]+ × 501 of [\d,]+", figure.trouble or "")
    assert figure.rates == []


@pytest.mark.parametrize(("count", "slow", "of_them"), [(3, False, 3), (1, True, 1), (3, True, 3)])
def test_a_slow_server_is_asked_one_by_one_and_no_longer_than_the_others(
    wanted: Population, monkeypatch: pytest.MonkeyPatch, count: int, slow: bool, of_them: int
) -> None:
    if slow:
        monkeypatch.setattr(rounds, "SLOW_SECONDS", 0.0)
    figure = measured(Tiny(wanted), "GET by id", count=count)["GET by id", "tiny"]
    assert figure.one_by_one == slow
    assert 1 <= len(figure.rates) <= of_them  # fewer where the machine was busy and a round took longer
    assert figure.spent < 30
