"""Discovery documents in checks: absent ones are not offered, and a document must withstand writes."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import (
    CONFIG,
    Declared,
    cannot_be_written,
    config,
    definitions,
    is_link,
    objects,
    one_of,
    resource_types,
    schemas,
)
from tests.conformance.topics.sessions import error, session
from tests.fake_target import Answer, Received, fake_target

NAME = {"name": "name", "type": "complex", "subAttributes": [{"name": "givenName", "subAttributes": [{"name": "x"}]}]}


@pytest.mark.parametrize("body", [{"Resources": [{"id": "User"}, "no object"]}, [{"id": "User"}]])
def test_entries_are_read_from_a_list_response_and_from_a_bare_array(body: Any) -> None:
    with fake_target(lambda request: (200, body)) as target:
        assert resource_types(session(target)) == [{"id": "User"}]


@pytest.mark.parametrize("answer", [error(404), error(501), (200, {"Resources": []}), (200, "nothing"), (200, None)])
def test_a_document_that_is_not_published_is_not_offered(answer: Answer) -> None:
    with fake_target(lambda request: answer) as target, pytest.raises(NotOffered, match="/Schemas"):
        schemas(session(target))


@pytest.mark.parametrize("answer", [error(404), (200, []), (500, {"patch": {}})])
def test_a_configuration_must_be_an_object_with_status_200(answer: Answer) -> None:
    with fake_target(lambda request: answer) as target, pytest.raises(NotOffered, match=CONFIG):
        config(session(target))


def test_attributes_and_their_parts_are_listed_with_the_path_of_a_finding() -> None:
    listed = {"Resources": [{"id": "urn:x", "attributes": [NAME, "no object", {"name": "title"}]}, {"id": "urn:y"}]}
    with fake_target(lambda request: (200, listed)) as target:
        found = list(definitions(session(target)))
    assert [one.path for one in found] == ["urn:x:name", "urn:x:name.givenName", "urn:x:title"]
    assert [one.parent for one in found] == [None, NAME, None]
    assert {one.schema for one in found} == {"urn:x"}


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_writes_may_be_rejected_in_four_ways(status: int) -> None:
    with fake_target(lambda r: (200, {"a": 1}) if r.method == "GET" else error(status)) as target:
        cannot_be_written(session(target), CONFIG)
        assert [request.method for request in target.received] == ["GET", "POST", "PUT", "PATCH", "DELETE", "GET"]


@pytest.mark.parametrize("accepted", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_that_is_accepted_is_a_finding(accepted: str) -> None:
    def answer(request: Received) -> Answer:
        return (200, {"a": 1}) if request.method in ("GET", accepted) else error(405)

    with fake_target(answer) as target, pytest.raises(Finding, match=f"the server does not reject {accepted} {CONFIG}"):
        cannot_be_written(session(target), CONFIG)


@pytest.mark.parametrize(("changed", "finding"), [({"meta": {"version": "2"}}, False), ({"a": 2}, True)])
def test_a_document_that_changes_although_writes_are_rejected_is_a_finding(
    changed: dict[str, Any], finding: bool
) -> None:
    written: list[str] = []

    def answer(request: Received) -> Answer:
        if request.method == "GET":
            return 200, {"a": 1, "meta": {"version": "1"}, **(changed if written else {})}
        written.append(request.method)
        return error(405)

    with fake_target(answer) as target:
        if finding:
            with pytest.raises(Finding, match="changed"):
                cannot_be_written(session(target), CONFIG)
        else:
            cannot_be_written(session(target), CONFIG)


@pytest.mark.parametrize(
    ("definition", "finding"),
    [({"type": "string"}, False), ({}, False), ({"type": "String"}, True), ({"type": None}, True)],
)
def test_a_characteristic_must_be_spelled_as_in_the_vocabulary(definition: dict[str, Any], finding: bool) -> None:
    declared = Declared("urn:x:title", definition, None, "urn:x")
    if finding:
        with pytest.raises(Finding, match="urn:x:title: type"):
            one_of(declared, "type", {"string", "boolean"})
    else:
        one_of(declared, "type", {"string", "boolean"})


@pytest.mark.parametrize(
    ("value", "link"), [("https://x", True), ("http://x", True), ("/Users", False), ("ftp://x", False), (1, False)]
)
def test_a_link_is_an_absolute_http_url(value: Any, link: bool) -> None:
    assert is_link(value) is link


@pytest.mark.parametrize("listed", [None, "text", {"a": 1}, 3])
def test_anything_but_a_list_has_no_objects(listed: Any) -> None:
    assert objects(listed) == []
