"""Requests and replies of defects: patterns, query parameters, headers, and the credentials of the client."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.defects.wire import ERROR_URN, MEDIA_TYPE, Reply, Request, Server

PUT = Request("PUT", "/Users/1", "filter=a%20eq%20%22b%26c%22&count=", {"accept": "*/*"}, b'{"a":1}')


@pytest.mark.parametrize(
    ("method", "path", "matches"),
    [
        ("PUT", "*", True),
        ("*", "/Users/*", True),
        ("PATCH|PUT", "/Groups/*|/Users/*", True),
        ("PATCH", "*", False),
        ("PUT", "/Groups/*", False),
        ("PUT", "/users/*", False),
        ("U", "*", False),
    ],
)
def test_methods_and_paths_are_alternatives(method: str, path: str, matches: bool) -> None:
    assert PUT.is_(method, path) is matches


def test_query_parameters_are_decoded_and_encoded_with_percent_signs() -> None:
    assert PUT.parameters == {"filter": 'a eq "b&c"', "count": ""}
    changed = PUT.with_parameters(count=None, startIndex=2, filter='x eq "ö+ "')
    assert changed.query == "filter=x%20eq%20%22%C3%B6%2B%20%22&startIndex=2"
    assert changed.parameters == {"filter": 'x eq "ö+ "', "startIndex": "2"}


@pytest.mark.parametrize("message", [PUT, Reply(200, {"accept": "*/*"})])
def test_header_names_are_case_insensitive_and_the_original_stays(message: Request | Reply) -> None:
    assert message.with_header("Accept", "a").headers == {"accept": "a"}
    assert message.with_header("ACCEPT", None).headers == {}
    assert message.with_header("If-Match", "").headers == {"accept": "*/*", "if-match": ""}
    assert message.headers == {"accept": "*/*"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff"])
def test_a_body_that_is_not_json_is_read_as_nothing(body: bytes) -> None:
    assert Request("POST", "/Users", body=body).json is None
    assert Reply(200, {}, body).json is None


@pytest.mark.parametrize(
    ("method", "body", "operations"),
    [
        ("PATCH", b'{"Operations": [{"op": "add"}, 1]}', [{"op": "add"}]),
        ("PUT", b'{"Operations": [{"op": "add"}]}', []),
        ("PATCH", b'{"Operations": "add"}', []),
        ("PATCH", b"[]", []),
    ],
)
def test_operations_are_those_of_a_patch(method: str, body: bytes, operations: list[dict[str, Any]]) -> None:
    assert Request(method, "/Users/1", body=body).operations == operations


def test_an_error_has_the_form_of_rfc_7644_section_3_12() -> None:
    error = Reply.error(409, "uniqueness", "taken")
    assert (error.status, error.ok, error.headers) == (409, False, {"content-type": MEDIA_TYPE})
    expected = {"schemas": [ERROR_URN], "status": "409", "detail": "taken", "scimType": "uniqueness"}
    assert error.json == expected
    assert "scimType" not in Reply.error(404).json


def test_a_reply_without_a_value_has_no_body_and_no_media_type() -> None:
    assert Reply.of(204, location="/Me") == Reply(204, {"location": "/Me"})
    assert Reply.of(200, {}, content_type="text/plain").headers == {"content-type": "text/plain"}


def test_requests_of_a_defect_carry_the_credentials_of_the_client_and_nothing_else() -> None:
    seen: list[Request] = []

    def ask(request: Request) -> Reply:
        seen.append(request)
        return Reply.of(200, {"id": "1"})

    client = {"authorization": "Bearer t", "accept": "a/b", "if-match": "*", "content-type": "x/y"}
    like = Request("PUT", "/Users/1", headers=client)
    server = Server(ask)
    assert server.get("/Users/2", like) == {"id": "1"}
    server.send("DELETE", "/Users/2", None, like)
    own = {"authorization": "Bearer t", "accept": "a/b"}
    assert seen == [
        Request("GET", "/Users/2", "", own),
        Request("DELETE", "/Users/2", "", {**own, "content-type": MEDIA_TYPE}),
    ]


def test_a_resource_that_cannot_be_read_is_none() -> None:
    assert Server(lambda request: Reply.error(404)).get("/Users/2", PUT) is None
