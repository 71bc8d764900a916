"""A lane: what it takes from a hostile target, that it returns no cookie, replaces closed connections, and lets others run."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.fake_target import Answer, Received, bomb, fake_target, http
from tests.loadtests.locust.conftest import Run

HEAD = b"HTTP/1.1 200 OK\r\n"
MEGABYTE = b"x" * 1024 * 1024
SEND = """
import gevent
from locust.event import EventHook
from loadtests.locust.lane import Lane
from loadtests.locust.process import ProcessRun
from loadtests.locust.shapes import Arrivals
from loadtests.scenarios.catalog import work_for
from loadtests.scenarios.operations import anything
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection
from simulator.provisioning.request import Request
told = []
def note(name, response_time, response_length, exception, **_):
    told.append([name, str(exception or ""), response_length])
events = EventHook()
events.add_listener(note)
run = ProcessRun(work_for(Settings(users=1)), Arrivals(0), 0.0, [])
lanes = [Lane(run, events, [Connection(URL, "token")]) for _ in PATHS]
request = [Request("GET", path, None, "match user") for path in PATHS]
"""
ONE_LANE = "bodies = [lanes[0].send(0, one, anything) for one in request]\n"
PARALLEL = """
sending = [gevent.spawn(lane.send, 0, one, anything) for lane, one in zip(lanes, request)]
gevent.joinall(sending, timeout=60)
bodies = [one.value for one in sending]
"""


def sent(run: Run, url: str, *paths: str, how: str = ONE_LANE) -> Any:
    """The parsed bodies (None: a failure), and what Locust is told: operation, failure, and size."""
    code = SEND.replace("URL", json.dumps(url)).replace("PATHS", json.dumps(paths))
    return run(code + how + "found = [bodies, told]")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (HEAD + b"content-length: 99999999\r\n\r\n" + MEGABYTE * 40, "response too large"),
        (HEAD + b"x-endless: " + MEGABYTE, "response too large"),
        (b"".join([HEAD, *(b"x-%d: y\r\n" % number for number in range(100_000))]), "response too large"),
        (http(200, bomb(100), content_encoding="deflate"), "response too large"),
        (http(200, b"not packed", content_encoding="gzip"), "no response"),
        (HEAD + b"content-length: 9\r\n\r\nshort", "no response"),
        (b"anything but HTTP\r\n\r\n", "no response"),
        (None, "no response"),
        (http(302, b"", location="/elsewhere"), "302"),
    ],
    ids=["body", "header", "headers", "bomb", "not packed", "short", "not HTTP", "closed", "redirect"],
)
def test_an_answer_that_is_of_no_use_is_a_failure(beside_locust: Run, answer: Answer, failure: str) -> None:
    with fake_target(lambda request: answer) as target:
        bodies, [[name, told, _]] = sent(beside_locust, target.url, "/Users")
        assert len(target.received) == 1, "a request is never sent twice"
    assert (bodies, name, told) == ([None], "match user", failure)


def test_a_plain_answer_arrives_whole_and_its_cookie_is_not_returned(beside_locust: Run) -> None:
    with fake_target(lambda request: http(200, {"a": 1}, set_cookie="session=7; Path=/")) as target:
        bodies, told = sent(beside_locust, target.url, "/Users", "/Users")
        assert not [line for request in target.received for line in request.headers if "cookie" in line.lower()]
    assert bodies == [{"a": 1}] * 2
    assert told == [["match user", "", len(json.dumps({"a": 1}))]] * 2


def test_a_connection_that_the_target_closed_is_not_used_again(beside_locust: Run) -> None:
    complete = b'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"a":1}'
    with fake_target(lambda request: complete) as target:  # closes the connection after such an answer
        bodies, _ = sent(
            beside_locust,
            target.url,
            *["/Users"] * 3,
            how="""
bodies = []
for one in request:
    bodies.append(lanes[0].send(0, one, anything))
    while lanes[0].http._idle and not all(lanes[0].http.is_closed(line.socket) for held in lanes[0].http._idle.values() for line in held):
        gevent.sleep(0.001)
""",
        )
    assert bodies == [{"a": 1}] * 3


def test_one_lane_sends_while_another_waits(beside_locust: Run) -> None:
    both = threading.Barrier(2, timeout=30)

    def together(request: Received) -> Answer:
        both.wait()
        return 200, {"path": request.path}

    with fake_target() as target:
        target.answer = together  # type: ignore[method-assign]
        bodies, told = sent(beside_locust, target.url, "/Users/1", "/Users/2", how=PARALLEL)
    assert [one and one["path"].rpartition("/")[2] for one in bodies] == ["1", "2"]
    assert len(told) == 2
