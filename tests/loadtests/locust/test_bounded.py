"""Locust's client against a hostile target: no answer takes more memory than the limits allow, and no cookie is returned."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fake_target import bomb, fake_target, http
from tests.loadtests.locust.conftest import Run

HEAD = b"HTTP/1.1 200 OK\r\n"
MEGABYTE = b"x" * 1024 * 1024
SEND = """
from locust.contrib.fasthttp import FastHttpSession
from loadtests.locust.bounded import bound
class Nothing:
    def fire(self, **facts): pass
session = FastHttpSession(URL, Nothing(), None, insecure=False, network_timeout=30.0)
bound(session)
found = []
for path in PATHS:
    with session.request("GET", URL + path, catch_response=True, allow_redirects=False) as answer:
        error = answer.request_meta["exception"]
        content = b"" if error else answer.content or b""
        found.append([answer.status_code, type(error).__name__ if error else "", len(content)])
        answer.success()
"""


def sent(run: Run, url: str, *paths: str) -> Any:
    return run(SEND.replace("URL", json.dumps(url)).replace("PATHS", json.dumps(paths)))


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"content-length: 99999999\r\n\r\n" + MEGABYTE * 40,
        HEAD + b"x-endless: " + MEGABYTE,
        b"".join([HEAD, *(b"x-%d: y\r\n" % number for number in range(100_000))]),
        http(200, bomb(100), content_encoding="deflate"),
    ],
    ids=["body", "header", "headers", "bomb"],
)
def test_an_answer_beyond_the_limits_is_a_failure(beside_locust: Run, answer: bytes) -> None:
    with fake_target(lambda request: answer) as target:
        [[_, error, size]] = sent(beside_locust, target.url, "/Users")
    assert (error, size) == ("TooLarge", 0)


def test_a_plain_answer_arrives_whole_and_its_cookie_is_not_returned(beside_locust: Run) -> None:
    with fake_target(lambda request: http(200, {"a": 1}, set_cookie="session=7; Path=/")) as target:
        found = sent(beside_locust, target.url, "/Users", "/Users")
        assert found == [[200, "", len(json.dumps({"a": 1}))]] * 2
        assert not [line for request in target.received for line in request.headers if "cookie" in line.lower()]
