"""Answers of a hostile target: endless, dripping, huge, packed, deep or no JSON at all; each is bounded and told (H3)."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from conformance.client import Client, NoAnswer
from tests.fake_target import Drip, bomb, fake_target, http

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "head",
    [b"content-length: 100000\r\n\r\n", b"\r\n", b"transfer-encoding: chunked\r\n\r\n", b"x-slow: "],
    ids=["length", "no length", "chunks", "header"],
)
def test_dripping_answer_ends_with_the_timeout(head: bytes) -> None:
    """The limit is for the whole answer, not for each byte of it."""
    with fake_target(lambda request: Drip(HEAD + head)) as target:
        client = Client(target.url, "token-of-a-test", timeout_s=0.5)
        with pytest.raises(NoAnswer):
            client.send("GET", "/Users", patient=False)


@pytest.mark.parametrize(
    "answer",
    [
        http(200, bomb(100), content_encoding="deflate"),
        HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"".join([b"100000\r\n" + b"x" * 0x100000 + b"\r\n"] * 20),
        HEAD + b"content-length: 99999999999\r\n\r\nhalf",
        b"garbage without a status\r\n\r\n",
        http(200, gzip.compress(b"x")[:-4] + b"junk", content_encoding="gzip"),
    ],
    ids=["bomb", "chunks", "short", "garbage", "broken gzip"],
)
def test_hostile_answer_is_no_answer(answer: bytes) -> None:
    with fake_target(lambda request: answer) as target, pytest.raises(NoAnswer) as told:
        Client(target.url, "token-of-a-test", timeout_s=60).send("GET", "/Users", patient=False)
    assert len(str(told.value)) < 1_000


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"\xff\xfe", b"", b"nonsense", b'{"a": NaN}'], ids=lambda body: str(body[:4])
)
def test_what_is_no_json_is_none(body: Any) -> None:
    with fake_target(lambda request: http(200, body)) as target:
        assert Client(target.url, "token-of-a-test").send("GET", "/Users").json is None


def test_token_follows_no_redirect() -> None:
    """reliability.md H2: nothing is sent to where a redirect points."""
    with fake_target() as other:
        moved = b"HTTP/1.1 302 Found\r\nlocation: " + other.url.encode() + b"/Users\r\ncontent-length: 0\r\n\r\n"
        with fake_target(lambda request: moved) as target:
            assert Client(target.url, "token-of-a-test").send("GET", "/Users").status == 302
        assert other.received == []
