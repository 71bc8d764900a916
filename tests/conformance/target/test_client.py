"""Answers of a hostile target: endless, dripping, huge, packed, deep or no JSON at all; each is bounded and told (H3)."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest

from conformance.requirements.verdict import NotOffered
from conformance.target.client import Client, Connection, NoAnswer
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
    """The client never follows a redirect to another host."""
    with fake_target() as other:
        moved = b"HTTP/1.1 302 Found\r\nlocation: " + other.url.encode() + b"/Users\r\ncontent-length: 0\r\n\r\n"
        with fake_target(lambda request: moved) as target:
            assert Client(target.url, "token-of-a-test").send("GET", "/Users").status == 302
        assert other.received == []


# ── patience ──


class Clock:
    """Stands in for the module `time`: remembers the waits instead of waiting."""

    perf_counter = staticmethod(time.perf_counter)

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("conformance.target.client.time", found)
    return found


@pytest.mark.parametrize(
    ("status", "retry_after", "wait"),
    [
        (429, "7", 7.0),
        (503, "2", 2.0),
        (429, "86400", 60.0),
        (429, "Thu, 01 Jan 2026 00:00:00 GMT", 0.0),
        (429, "soon", 1.0),
        (429, "nan", 1.0),
    ],
)
def test_throttled_request_is_sent_again_after_its_wait(
    clock: Clock, status: int, retry_after: str, wait: float
) -> None:
    answers = [http(status, {}, retry_after=retry_after), http(200, {})]
    with fake_target(lambda request: answers.pop(0)) as target:
        client = Client(target.url, "token-of-a-test")
        assert client.send("POST", "/Users", {"userName": "x"}).status == 200
        assert len(target.received) == 2
    assert clock.waits == [wait]
    assert (client.network_faults.throttled, client.statuses) == (1, {200: 1})


def test_waits_without_retry_after_double_and_end(clock: Clock) -> None:
    with fake_target(lambda request: http(429, {})) as target:
        assert Client(target.url, "token-of-a-test").send("GET", "/Users").status == 429
    assert clock.waits == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(("status", "patient"), [(503, True), (429, False)])
def test_what_asks_for_no_wait_or_is_asked_without_patience_ends_at_once(
    clock: Clock, status: int, patient: bool
) -> None:
    with fake_target(lambda request: http(status, {})) as target:
        assert Client(target.url, "token-of-a-test").send("GET", "/Users", patient=patient).status == status
        assert len(target.received) == 1
    assert clock.waits == []


@pytest.mark.parametrize(("method", "sent"), [("GET", 2), ("POST", 1)])
def test_only_a_read_without_an_answer_is_sent_once_more(method: str, sent: int) -> None:
    with fake_target(lambda request: None) as target:
        client = Client(target.url, "token-of-a-test", timeout_s=5)
        with pytest.raises(NoAnswer):
            client.send(method, "/Users")
        assert len(target.received) == sent
    assert client.network_faults.no_answers == sent


def test_rejected_token_is_renewed_once() -> None:
    renewed: list[str] = []

    def renew(refused: str) -> str:
        renewed.append(refused)
        return "second"

    with fake_target(lambda request: http(401, {})) as target:
        client = Client(target.url, "first", connection=Connection(renew=renew))
        assert client.send("GET", "/Users").status == 401
        assert client.send("GET", "/Users", headers={"Authorization": None}).status == 401
        sent = [line for request in target.received for line in request.headers if line.lower().startswith("authoriz")]
    assert renewed == ["first"]
    assert [line.rpartition(" ")[2] for line in sent] == ["first", "second"]


def test_read_only_client_sends_no_write() -> None:
    with fake_target() as target:
        client = Client(target.url, "token-of-a-test", read_only=True)
        with pytest.raises(NotOffered):
            client.send("DELETE", "/Users/1")
        assert client.send("POST", "/Users/.search?x=1", {}).status != 0
        assert len(target.received) == 1


def test_headers_replace_defaults_whatever_their_case_and_none_leaves_one_out() -> None:
    with fake_target() as target:
        client = Client(target.url, "token-of-a-test", connection=Connection({"X-Tenant": "acme"}))
        client.for_check("x").send("GET", "/Users", headers={"accept": "text/plain", "AUTHORIZATION": None})
        sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in target.received[0].headers)}
    assert sent["accept"] == "text/plain"
    assert sent["x-tenant"] == "acme"
    assert sent["scimulator-check"] == "x"
    assert "authorization" not in sent
