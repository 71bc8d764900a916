"""Request bodies that cannot be read: JSON, media type, encoding, size."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.support import USER, Scim


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"\xff", {}, 400),
        (b'{"a":' * 17 + b"1" + b"}" * 17, {}, 400),
        (b"[" * 200_000, {}, 400),
        (b"x" * 1_100_000, {}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
    ],
    ids=["open", "empty", "array", "not utf-8", "deep", "very deep", "large", "type", "encoding"],
)
def test_bodies_that_cannot_be_read_are_rejected(scim: Scim, raw: bytes, headers: dict[str, str], status: int) -> None:
    reply = scim.request("POST", "/Users", raw=raw, headers=headers)
    assert (reply.status, reply.json["status"]) == (status, str(status))


MARK, ESCAPED = "\u0300", "\\u0300"  # one combining mark, in UTF-8 and escaped in JSON


@pytest.mark.parametrize(
    ("marks", "status"),
    [
        (30 * MARK, 201),
        (31 * MARK, 400),
        (30 * ESCAPED, 201),
        (31 * ESCAPED, 400),
        (16 * MARK + 15 * ESCAPED, 400),
        (15 * MARK + " " + 16 * ESCAPED, 201),
        (31 * "e\u0301", 201),
        (31 * "e\\u0301", 201),
        ("é" * 33_000, 400),
        ("\\u00e9" + "e" * 33_000, 400),
        ("e" * 33_000, 201),
    ],
    ids=range(11),
)
def test_a_string_that_is_too_expensive_to_compare_is_rejected(scim: Scim, marks: str, status: int) -> None:
    written = json.dumps({"schemas": [USER], "userName": "x", "title": "T"})
    for before in range(0, 120, 20):  # wherever the run is within the body
        raw = written.replace('"x"', f'"x{before}{len(marks)}"').replace('"T"', f'"{"a" * before}{marks}"').encode()
        reply = scim.request("POST", "/Users", raw=raw)
        assert (reply.status, reply.json.get("status", "201")) == (status, str(status))
        if status == 201:
            assert scim.request("DELETE", f"/Users/{reply.json['id']}").status == 204


def test_large_body_in_chunks_is_rejected(scim: Scim) -> None:
    place = urlsplit(scim.server.base_url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600) as wire:
        head = f"POST {place.path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scim.server.token}\r\n"
        wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(20):
                wire.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
        except OSError:
            pass  # the server has seen enough
        assert b" 413 " in wire.recv(200)
