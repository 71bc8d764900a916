"""Changes: what reaches the server, and what the client gets."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.defects.wire import Reply, Request
from tests.conformance.defects.recorder import ANNA, through


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
