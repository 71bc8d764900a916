"""Mutations and changes: what reaches the server, and what the client gets."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from conformance.defects.expressions import mutation_of
from conformance.defects.wire import Reply, Request, Server

ANNA = {"id": "1", "userName": "anna", "meta": {"location": "http://host/v2/Users/1"}}
SCHEMA = {"id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": []}
NAME = {"name": "name", "subAttributes": [{"name": "givenName", "type": "string"}]}
OPERATIONS = [{"op": "add", "path": "title", "value": "Dr"}, {"op": "remove", "path": "name"}]


class Recorder:
    """A server with one user and one schema; it keeps the requests that reach it."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        self.seen.append(request)
        if request.path == "/Schemas":
            return Reply.of(
                200, {"Resources": [{**SCHEMA, "attributes": [{"name": "active", "type": "boolean"}, NAME]}]}
            )
        if request.path == "/Users" and request.method == "GET":
            return Reply.of(200, {"totalResults": 7, "Resources": [ANNA]})
        return (
            Reply.of(201, ANNA, location="http://host/v2/Users/1") if request.method == "POST" else Reply.of(200, ANNA)
        )


def through(expression: str, method: str, path: str, query: str = "", body: Any = None) -> tuple[Reply, Recorder]:
    recorder = Recorder()
    request = Request(method, path, query, {}, b"" if body is None else orjson.dumps(body))
    return mutation_of(expression)(request, Server(recorder)), recorder


# ── the request does not reach the server, or reaches it changed ──


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
    ("expression", "sent"),
    [
        ("send('PUT', drop('title'))", Request("PUT", "/Users/1", "count=3", {}, b'{"userName":"eva"}')),
        ("send('POST', drop('title'))", Request("PUT", "/Users/1", "count=3", {}, b'{"userName":"eva","title":"Dr"}')),
        ("send(method('DELETE'))", Request("DELETE", "/Users/1")),
        ("send(method('GET'), repath('/Users/.*', '/Me'))", Request("GET", "/Me")),
        ("send(json({}), parameters(count=None))", Request("PUT", "/Users/1", "", {}, b"{}")),
        ("send(json({}), increase('count', 2))", Request("PUT", "/Users/1", "count=5", {}, b"{}")),
        ("send(json({}), rewrite('count', '.', 'x'))", Request("PUT", "/Users/1", "count=x", {}, b"{}")),
        ("send(json({}), rewrite('count', '.', ''))", Request("PUT", "/Users/1", "", {}, b"{}")),
        ("send(json({}), header('if-match', '*'))", Request("PUT", "/Users/1", "count=3", {"if-match": "*"}, b"{}")),
        ("send(only('title'), stored('title', 'id'))", Request("PUT", "/Users/1", "count=3", {}, b'{"id":"1"}')),
    ],
)
def test_send_changes_the_request(expression: str, sent: Request) -> None:
    _, recorder = through(expression, "PUT", "/Users/1", "count=3", {"userName": "eva", "title": "Dr"})
    assert recorder.seen[-1] == sent


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


# ── the reply is changed ──


@pytest.mark.parametrize(
    ("expression", "status", "body"),
    [
        ("reply(answers(200), error(404))", 404, Reply.error(404).json),
        ("reply(answers(404), error(500))", 200, {"totalResults": 7, "Resources": [ANNA]}),
        ("reply(status(299), assign(totalResults=0))", 299, {"totalResults": 0, "Resources": [ANNA]}),
        ("reply(becomes(302, location='/'))", 302, None),
        ("reply(json([]))", 200, []),
        ("reply(recount())", 200, {"totalResults": 1, "itemsPerPage": 1, "Resources": [ANNA]}),
        ("reply(empty_list())", 200, {"totalResults": 0, "itemsPerPage": 0, "Resources": []}),
        ("reply(bare_array())", 200, [ANNA]),
        ("reply(listed(a=1))", 200, {"a": 1, "Resources": [{"totalResults": 7, "Resources": [ANNA]}]}),
        ("reply(only('a'), retext('{', '{\"b\":2'))", 200, {"b": 2}),
        ("show(only('id'))", 200, {"totalResults": 7, "Resources": [{"id": "1"}]}),
        ("show('PUT', only('id'))", 200, {"totalResults": 7, "Resources": [ANNA]}),
    ],
)
def test_reply_and_show_change_the_reply(expression: str, status: int, body: Any) -> None:
    reply, _ = through(expression, "GET", "/Users")
    assert (reply.status, reply.json) == (status, body)


def test_changes_that_know_the_request() -> None:
    assert through("reply(echo('userName'))", "POST", "/Users", body={"userName": "eva"})[0].json["userName"] == "eva"
    assert through("reply(as_read())", "DELETE", "/Users/1")[1].seen[-1] == Request("GET", "/Users/1")
    _, recorder = through("reply(resend(drop('title')))", "PUT", "/Users/1", body={"id": "1", "title": "Dr"})
    assert [one.json for one in recorder.seen] == [{"id": "1", "title": "Dr"}, {"id": "1"}]


def test_a_location_is_changed_in_header_and_body() -> None:
    reply, _ = through("reply(relocate('/v2', ''))", "POST", "/Users", body={})
    assert reply.headers["location"] == reply.json["meta"]["location"] == "http://host/Users/1"


def test_text_replaces_body_and_media_type() -> None:
    reply, _ = through("reply(text('no', 'text/plain'))", "POST", "/Users", body={})
    assert (reply.status, reply.body, reply.headers["content-type"]) == (201, b"no", "text/plain")
    assert "content-type" not in through("reply(text('', None))", "POST", "/Users", body={})[0].headers


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
