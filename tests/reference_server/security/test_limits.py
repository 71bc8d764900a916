"""Resources, HTTP, errors and logs: rows D to F of the security checklist."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from reference_server.app import build
from reference_server.clock import SystemClock
from reference_server.lifeline import start_guarded
from reference_server.settings import Settings
from reference_server.storage.database import open_tables
from tests.in_process import TOKEN
from tests.support import GROUP, NUMBERS, PATCH, ROOT, USER, Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    ("levels", "why"), [(17, "more than 16 levels"), (1_500, "not valid JSON"), (100_000, "not valid JSON")]
)
def test_depth_is_bounded(scim: Scim, levels: int, why: str) -> None:
    reply = scim.request("POST", "/Users", raw=nested(levels))
    assert (reply.status, reply.json["scimType"]) == (400, "invalidSyntax")
    assert why in reply.json["detail"]


@pytest.mark.parametrize(
    ("condition", "ok"),
    [
        (" or ".join(['userName eq "a"'] * 50), True),
        (" or ".join(['userName eq "a"'] * 51), False),
        ("(" * 19 + "userName pr" + ")" * 19, True),
        ("(" * 21 + "userName pr" + ")" * 21, False),
        (f'userName eq "{"x" * 4_000}"', True),
        (f'userName eq "{"x" * 4_200}"', False),
        ("not " * 500 + "(userName pr)", False),
        ('emails[type eq "a"' * 30, False),
    ],
)
def test_filters_are_bounded(scim: Scim, condition: str, ok: bool) -> None:
    reply = scim.request("POST", "/Users/.search", {"filter": condition})
    assert reply.status == (200 if ok else 400)
    if not ok:
        assert reply.json["scimType"] == "invalidFilter"


def test_patch_bulk_and_attribute_lists_are_bounded(scim: Scim) -> None:
    user = scim.user()
    operation = {"op": "replace", "path": "title", "value": "x"}
    reply = scim.patch(f"/Users/{user['id']}", *[operation] * 1_001)
    assert (reply.status, reply.json["scimType"]) == (400, "tooMany")
    assert scim.patch(f"/Users/{user['id']}", {**operation, "path": "x" * 2_000}).json["scimType"] == "invalidPath"
    names = ",".join(f"a{n}" for n in range(201))
    assert scim.get(f"/Users/{user['id']}?attributes={names}").status == 400
    inner = {"schemas": [BULK], "Operations": []}
    bulk = {"schemas": [BULK], "Operations": [{"method": "POST", "path": "/Bulk", "bulkId": "a", "data": inner}]}
    assert scim.request("POST", "/Bulk", bulk).json["Operations"][0]["status"] in ("400", "404")


def test_cycle_of_bulk_ids_is_answered(scim: Scim) -> None:
    operations = [
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": f"g{n}",
            "data": {"schemas": [GROUP], "displayName": f"c{n}", "members": [{"value": f"bulkId:g{(n + 1) % 400}"}]},
        }
        for n in range(400)
    ]
    reply = scim.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})
    assert reply.status in (200, 409)


@pytest.mark.parametrize(
    "query", ["count=1000000000000", "startIndex=1000000000000000000", "count=-1", "startIndex=-9"]
)
def test_absurd_pages_are_safe(scim: Scim, query: str) -> None:
    reply = scim.get(f"/Users?{query}")
    assert reply.status == 200
    assert reply.json["itemsPerPage"] <= 1_000


def test_a_group_of_ten_thousand_is_accepted_in_one_patch(scim: Scim) -> None:
    user = scim.user()["id"]
    group = scim.group(user)
    reply = scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user}] * 10_000})
    assert reply.status == 204
    assert scim.members(group) == [user]


@pytest.mark.slow
def test_slow_clients_do_not_keep_others_waiting(scim: Scim) -> None:
    """500 sockets that never finish their request; other clients are served as before."""
    place = urlsplit(scim.server.base_url)
    wires = []
    for _ in range(500):
        wire = socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600)
        wire.sendall(b"POST /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")
        wires.append(wire)
    assert scim.get("/Users?count=1").status == 200
    for wire in wires:
        wire.close()
    assert scim.get("/Users?count=1").status == 200


SHORT_PATIENCE = """
import sys
from pathlib import Path
from reference_server.run import run
from reference_server.settings import Limits, Settings
run(Settings(data=sys.argv[1], port=0, token=sys.argv[2], limits=Limits(max_body_seconds=1)))
"""


def test_body_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """30 seconds by default, here one: then 408, and the server continues."""
    command = [sys.executable, "-u", "-c", SHORT_PATIENCE, str(tmp_path / "data"), TOKEN]
    with start_guarded(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        try:
            assert process.stdout
            base_url = next(line.split()[-1] for line in process.stdout if "SCIM base URL" in line)
            where = urlsplit(base_url)
            head = f"POST {where.path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
            with socket.create_connection((where.hostname or "", where.port or 0), timeout=600) as slow:
                slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
                assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
            discovery = f"{base_url}/ServiceProviderConfig"
            assert urllib3.request("GET", discovery, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
        finally:
            process.terminate()


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PURGE"])
def test_unknown_methods_are_405_with_allow(scim: Scim, method: str) -> None:
    reply = scim.request(method, "/Users")
    assert reply.status == 405
    assert set(reply.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_is_get_without_a_body(scim: Scim) -> None:
    user = scim.user()
    for path in (f"/Users/{user['id']}", "/Users?count=2", "/Schemas"):
        head, get = scim.request("HEAD", path), scim.get(path)
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", get.headers["content-length"])


def raw_answer(scim: Scim, request: bytes) -> bytes:
    place = urlsplit(scim.server.base_url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := wire.recv(65_536):
            answer += chunk
    return answer


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET %b/Users HTTP/1.1\r\nHost: x\r\n%b%b\r\n",  # Authorization twice
        b"GET %b/Users?filter=a&filter=b HTTP/1.1\r\nHost: x\r\n%b\r\n",
    ],
)
def test_doubled_parts_are_400(scim: Scim, request_line: bytes) -> None:
    path, token = urlsplit(scim.server.base_url).path.encode(), scim.server.token.encode()
    header = b"Authorization: Bearer " + token + b"\r\n"
    parts = (path, header, header)[: request_line.count(b"%b")]
    assert raw_answer(scim, request_line % parts).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
        b"GET /scim/v2/x/Users HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"GET /scim/v2/\xff\xfe/Users HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["zeros", "version", "negative", "lengths", "chunk", "flood", "long", "bytes"],
)
def test_hostile_bytes_get_4xx_or_a_closed_door(scim: Scim, request_bytes: bytes) -> None:
    answer = raw_answer(scim, request_bytes)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert scim.get("/Users?count=1").status == 200


def test_a_client_that_waits_for_100_continue_gets_it(scim: Scim) -> None:
    place = urlsplit(scim.server.base_url)
    body = json.dumps({"schemas": [USER], "userName": f"continue-{next(NUMBERS)}"}).encode()
    head = f"POST {place.path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scim.server.token}\r\n"
    head += f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600) as wire:
        wire.sendall(head.encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 100")
        wire.sendall(body)
        assert wire.recv(20).startswith(b"HTTP/1.1 201")


def test_the_server_opens_no_connections() -> None:
    """E6: nothing in SCIM data (photos, $ref) can make it send a request, since it has nothing to send one with."""
    clients = {"urllib.request", "http.client", "httpx", "httpx2", "requests", "aiohttp", "urllib3"}
    for path in (ROOT / "reference_server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not clients & set(names), path


class BrokenClock(SystemClock):
    """A part of the server that fails in an unforeseen way."""

    broken = False

    def now(self) -> datetime:
        if self.broken:
            raise RuntimeError("secret detail at /very/secret/path")
        return super().now()


@pytest.mark.parametrize(("part", "expected"), [("clock", 500), ("disk", 503)])
def test_an_unforeseen_error_shows_no_internals_and_changes_nothing(tmp_path: Path, part: str, expected: int) -> None:
    clock = BrokenClock()

    def fault(_: str) -> None:
        if clock.broken or failing:
            raise RuntimeError("secret detail at /very/secret/path")

    failing: list[bool] = []
    tables = open_tables(tmp_path, fault=fault)
    wired = build(Settings(token="t" * 32), tables, clock, "http://x")

    async def ask(method: str, body: Any = None) -> tuple[int, Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def collect(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": f"/scim/v2/{wired.first.connection_id}/Users"}
        headers = [(b"authorization", b"Bearer " + b"t" * 32)]
        await wired.app({**scope, "query_string": b"", "headers": headers}, receive, collect)
        return sent[0]["status"], sent[1]["body"]

    async def story() -> None:
        if part == "clock":
            clock.broken = True
        else:
            failing.append(True)
        status, body = await ask("POST", {"schemas": [USER], "userName": "a"})
        assert (status, json.loads(body)["status"]) == (expected, str(expected))
        assert b"secret" not in body
        clock.broken = False
        failing.clear()
        assert (await ask("GET"))[0] == 200

    asyncio.run(story())
    tables.close()
    again = open_tables(tmp_path)
    assert not any(len(again.table(name)) for name in again.positions() if name.endswith("/User"))
    again.close()


@pytest.mark.slow
def test_logs_contain_no_personal_data(tmp_path: Path) -> None:
    """F2, F3: whatever is asked and whatever goes wrong, no name, no query, no token, no control character is printed."""
    ready, log = tmp_path / "ready.json", tmp_path / "log"
    command = [sys.executable, "-m", "reference_server", "--port", "0", "--ready-file", str(ready)]
    with log.open("wb") as file:
        server = start_guarded(
            [*command, "--data", str(tmp_path / "data"), "--token", "t" * 40], stdout=file, stderr=file
        )
    try:
        while not ready.exists():
            assert server.poll() is None
            time.sleep(0.01)
        facts = json.loads(ready.read_text())
        base = facts["base_url"]
        http = urllib3.PoolManager(retries=False)
        canary, headers = (
            "anna.canary",
            {"Authorization": "Bearer " + "t" * 40, "Content-Type": "application/scim+json"},
        )
        hostile = f"{canary}\r\n\x1b[31mred\u202eevil"
        for body in ({"schemas": [USER], "userName": hostile}, {"schemas": [USER]}, [hostile]):
            http.request("POST", f"{base}/Users", body=json.dumps(body), headers=headers)
        for target in (f"/Users?filter=userName+eq+%22{canary}%22", f"/Users/{canary}", f"/Users?filter=(({canary}"):
            http.request("GET", base + target, headers=headers)
            http.request("GET", base + target, headers={"Authorization": f"Bearer {canary}"})
        patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": hostile, "value": hostile}]}
        http.request("PATCH", f"{base}/Users/x", body=json.dumps(patch), headers=headers)
    finally:
        with server:
            server.send_signal(signal.SIGTERM)
            server.wait(600)
    text = log.read_bytes()
    assert b"Ready." in text
    assert canary.encode() not in text
    assert b"t" * 40 not in text
    assert text.count(b"wrong token from") == 1, "F4: a refusal is told, once a minute and address"
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]|\xe2\x80\xae", text)
