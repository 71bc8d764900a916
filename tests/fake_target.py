"""A SCIM target on a real socket whose every answer a test decides; it keeps the raw bytes of what it was sent."""

from __future__ import annotations

import itertools
import json
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, unquote_plus, urlsplit

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
EQ = re.compile(r'(?P<attribute>[\w.:\[\] "]+?) eq "(?P<value>(?:[^"\\]|\\.)*)"$')


@dataclass(frozen=True)
class Received:
    """One request as it came: the head's lines, and the body's bytes."""

    method: str
    path: str
    headers: tuple[str, ...]
    body: bytes

    @property
    def line(self) -> str:
        """Method, path and body, as the traces show them."""
        return f"{self.method} {self.path}{f' {self.body.decode()}' if self.body else ''}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, Any] | bytes | None  # status and JSON, raw bytes, or nothing but a closed connection
Rule = Callable[[Received], "Answer | str"]  # "well" leaves the answer to the memory


@dataclass
class FakeTarget:
    """Remembers resources well enough for a provider; `rule` may answer otherwise."""

    url: str
    rule: Rule = lambda request: "well"
    received: list[Received] = field(default_factory=list)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    by_name: bool = False  # ids are made of names instead of numbers: the same whatever the order of requests
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lines(self, *methods: str) -> list[str]:
        return [request.line for request in self.received if not methods or request.method in methods]

    def writes(self) -> list[str]:
        return self.lines("POST", "PATCH", "PUT", "DELETE")

    def hold(self, endpoint: str, id_: str, **attributes: Any) -> dict[str, Any]:
        """Store a resource that no client provisioned."""
        return self.resources.setdefault(f"{endpoint}/{id_}", {"id": id_, **attributes})

    def answer(self, request: Received) -> Answer:
        with self.lock:
            self.received.append(request)
            found = self.rule(request)
            return self._well(request) if isinstance(found, str) else found

    def _well(self, request: Received) -> Answer:
        parts = urlsplit(request.path)
        _, _, endpoint, *rest = [unquote(part) for part in parts.path.split("/")]
        query = parse_qs(parts.query, keep_blank_values=True)
        key = f"{endpoint}/{rest[0]}" if rest else ""
        if endpoint in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
            return 200, {"patch": {"supported": True}, "filter": {"supported": True}}
        if request.method == "GET" and not rest:
            return self._list(endpoint, query.get("filter", [""])[0])
        if request.method == "POST":
            body = request.json
            name = str(body.get("userName") or body.get("displayName"))
            id_ = name if self.by_name else f"{endpoint[0].lower()}{next(self.numbers)}"
            return 201, self.hold(endpoint, id_, **body)
        held = self.resources.get(key)
        if held is None:
            return 404, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}
        if request.method == "DELETE":
            del self.resources[key]
            for other in self.resources.values():
                if any(member.get("value") == rest[0] for member in other.get("members") or ()):
                    other["members"] = [member for member in other["members"] if member.get("value") != rest[0]]
            return 204, None
        if request.method == "PUT":
            self.resources[key] = {**request.json, "id": rest[0]}
            return 200, self.resources[key]
        if request.method == "PATCH":
            for operation in request.json["Operations"]:
                _patch(held, operation)
            return 204, None
        shown = {name: value for name, value in held.items() if name not in query.get("excludedAttributes", ())}
        return 200, shown

    def _list(self, endpoint: str, condition: str) -> Answer:
        found = [held for key, held in self.resources.items() if key.startswith(f"{endpoint}/")]
        if condition:
            match = EQ.match(unquote_plus(condition).rstrip())
            assert match, condition
            value = match["value"].replace('\\"', '"').replace("\\\\", "\\").casefold()
            found = [held for held in found if str(held.get(match["attribute"], "")).casefold() == value]
        return 200, {"schemas": [LIST], "totalResults": len(found), "Resources": found}


def _patch(held: dict[str, Any], operation: dict[str, Any]) -> None:
    path: Any = operation.get("path")
    value: Any = operation.get("value")
    remove = operation["op"].lower() == "remove"
    if path is None:
        for name, item in value.items():
            _patch(held, {"op": "replace", "path": name, "value": item})
    elif path == "members" or path.startswith("members["):
        members = held.setdefault("members", [])
        if operation["op"].lower() == "replace":
            members.clear()
        names = [path.partition('"')[2].partition('"')[0]] if "[" in path else [m["value"] for m in value]
        members[:] = [m for m in members if m["value"] not in names] + ([] if remove else [{"value": n} for n in names])
    elif path.startswith("urn:"):
        schema, _, name = path.rpartition(":")
        home = held.setdefault(schema, {})
        if remove or value == "":
            home.pop(name, None)
        else:
            home[name] = {"value": value} if name == "manager" else value
    elif "[" in path:
        attribute, _, rest = path.partition("[type eq ")
        kind, _, sub = rest.replace('"', "").partition("].")
        elements = held.setdefault(attribute, [])
        element = next((item for item in elements if item.get("type") == kind), None)
        if element is None:
            elements.append(element := {"type": kind})
        element[sub] = value
    elif "." in path:
        name, _, sub = path.partition(".")
        held.setdefault(name, {})[sub] = value
    else:
        held[path] = value == "True" if path == "active" and isinstance(value, str) else value


@contextmanager
def fake_target(rule: Rule | None = None, **options: Any) -> Iterator[FakeTarget]:
    """A target for as long as the block lasts; its base URL is `url`, ending in /scim."""
    listener = socket.create_server(("127.0.0.1", 0))
    target = FakeTarget(f"http://127.0.0.1:{listener.getsockname()[1]}/scim", **options)
    if rule is not None:
        target.rule = rule
    ended = threading.Event()

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_converse, args=(target, connection, ended), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield target
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _converse(target: FakeTarget, connection: socket.socket, ended: threading.Event) -> None:
    with connection, connection.makefile("rb") as incoming:
        while not ended.is_set():
            head = []
            try:
                while (line := incoming.readline()) not in (b"\r\n", b""):
                    head.append(line.decode("latin-1").rstrip("\r\n"))
                if not head:
                    return
                length = next((int(h.split(":")[1]) for h in head if h.lower().startswith("content-length:")), 0)
                method, _, rest = head[0].partition(" ")
                path = rest.removesuffix(" HTTP/1.1")
                answer = target.answer(Received(method, path, tuple(head[1:]), incoming.read(length)))
                if answer is None:
                    return
                if isinstance(answer, Drip):
                    answer.pour(connection, ended)
                    return
                connection.sendall(answer if isinstance(answer, bytes) else http(*answer))
                if isinstance(answer, bytes) and not isinstance(answer, Whole):
                    return  # what is raw may be no whole answer
            except OSError:
                return


class Drip(bytes):
    """Send the headers, and then one byte of the body at a time while the client reads."""

    every_seconds = 0.05

    def pour(self, connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(self)
        while not ended.wait(self.every_seconds):
            connection.sendall(b"x")


class Whole(bytes):
    """A whole answer: the connection stays open after it."""


def http(status: int, body: Any, content_type: str = "application/scim+json", **headers: str) -> bytes:
    """A whole answer; `body` is JSON, bytes, or None for none."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(content)}"]
    if body is not None:
        lines.append(f"content-type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Whole("\r\n".join([*lines, "", ""]).encode() + content)


def bomb(megabytes: int) -> bytes:
    """So much of nothing in zlib's format, packed once and repeated."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = ((megabytes << 20) % 65_521) << 16 | 1  # Adler-32 of zeros alone
    return b"\x78\xda" + piece * megabytes + b"\x03\x00" + checksum.to_bytes(4, "big")
