"""Mutations: which requests reach the server, and which reply the client gets."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.defects.expressions import mutation_of
from conformance.defects.wire import Request, Server
from tests.conformance.defects.recorder import ANNA, Recorder, through

OPERATIONS = [{"op": "add", "path": "title", "value": "Dr"}, {"op": "remove", "path": "name"}]


def test_reject_and_answer_do_not_ask_the_server() -> None:
    for expression, status in (("reject('PUT', 501)", 501), ("answer('PUT', 204)", 204)):
        reply, recorder = through(expression, "PUT", "/Users/1")
        assert (reply.status, recorder.seen) == (status, [])


def test_an_answer_has_json_text_or_nothing_and_headers() -> None:
    assert through("answer('GET', 200, {'a': 1}, location='/Me')", "GET", "/Me")[0].headers["location"] == "/Me"
    page, _ = through("answer('GET', 403, text='<p>')", "GET", "/Me")
    assert (page.headers["content-type"], page.body) == ("text/html", b"<p>")


def test_ignore_reads_instead() -> None:
    reply, recorder = through("ignore('PUT')", "PUT", "/Users/1", body={"userName": "eva"})
    assert (reply.json, [one.method for one in recorder.seen]) == (ANNA, ["GET"])


@pytest.mark.parametrize(
    ("expression", "operations"),
    [
        ("skip(operates('add'))", OPERATIONS[1:]),
        ("skip(operates('replace'))", OPERATIONS),
        ("patch(operates('add'), assign(op='replace'))", [{**OPERATIONS[0], "op": "replace"}, OPERATIONS[1]]),
        ("remove_first(operates('add'), 'title')", [{"op": "remove", "path": "title"}, *OPERATIONS]),
    ],
)
def test_operations_are_skipped_edited_or_preceded(expression: str, operations: list[dict[str, str]]) -> None:
    _, recorder = through(expression, "PATCH", "/Users/1", body={"Operations": OPERATIONS})
    assert recorder.seen[-1].operations == operations


def test_a_patch_without_operations_left_reads_instead_or_has_a_status() -> None:
    reply, recorder = through("skip(operates())", "PATCH", "/Users/1", body={"Operations": OPERATIONS})
    assert (reply.json, recorder.seen[-1].method) == (ANNA, "GET")
    reply, recorder = through("skip(operates(), 204)", "PATCH", "/Users/1", body={"Operations": OPERATIONS})
    assert (reply.status, recorder.seen) == (204, [])


def test_attributes_are_declared_otherwise() -> None:
    def attributes(expression: str) -> Any:
        return through(expression, "GET", "/Schemas")[0].json["Resources"][0]["attributes"]

    assert attributes("redeclare(USER, 'active', type='string')")[0] == {"name": "active", "type": "string"}
    assert attributes("redeclare(USER, 'active', type=None)")[0] == {"name": "active"}
    assert attributes("redeclare(USER, 'name.givenName', x=1)")[1]["subAttributes"][0]["x"] == 1
    assert attributes("redeclare(GROUP, 'active', type='string')")[0]["type"] == "boolean"
    assert attributes("declare(USER, name='active', type='x')")[-1] == {"name": "active", "type": "x"}
    assert len(attributes("declare(USER, name='title')")) == 3


def test_both_puts_the_first_nearer_to_the_client() -> None:
    _, recorder = through("both(send(method('PUT')), send('PUT', repath('1', '2')))", "GET", "/Users/1")
    assert recorder.seen == [Request("PUT", "/Users/2")]


def test_while_stored_begins_with_a_write_that_fits_and_ends_with_its_deletion() -> None:
    mutation, server = mutation_of("while_stored(sends('title', 'odd'), reject('GET', 500))"), Server(Recorder())
    body = orjson.dumps({"title": "odd"})

    def status(method: str, path: str, sent: bytes = b"") -> int:
        return mutation(Request(method, path, "", {}, sent), server).status

    assert (status("POST", "/Users", b'{"title": "plain"}'), status("GET", "/Users")) == (201, 200)
    assert (status("POST", "/Users", body), status("GET", "/Users")) == (201, 500)
    assert (status("PUT", "/Users/2", body), status("DELETE", "/Users/1"), status("GET", "/Users")) == (200, 200, 500)
    assert (status("DELETE", "/Users/2"), status("GET", "/Users")) == (200, 200)


def test_a_reply_is_lost_after_the_request_was_carried_out() -> None:
    reply, recorder = through("lose('PUT')", "PUT", "/Users/1", body={"userName": "eva"})
    assert (reply.status, [one.method for one in recorder.seen]) == (0, ["PUT"])
    assert through("hold('GET', 0)", "GET", "/Me")[0].ok


@pytest.mark.parametrize(
    ("expression", "statuses"),
    [
        ("at_first(2, 'GET', reject('*', 503))", [503, 503, 200, 200]),
        ("later(2, 'GET', reject('*', 503))", [200, 200, 503, 503]),
    ],
)
def test_a_mutation_applies_to_the_first_requests_or_to_later_ones(expression: str, statuses: list[int]) -> None:
    mutation, recorder = mutation_of(expression), Recorder()
    server = Server(recorder)
    assert [mutation(Request("GET", "/Users/1"), server).status for _ in range(4)] == statuses
    assert mutation(Request("POST", "/Users"), Server(recorder)).status != 503
