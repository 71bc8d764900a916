"""What a server did over a whole run, from its exchanges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.report.observations import Observations
from tests.conformance.made_up_runs import exchange

USER = {"id": "u1", "userName": "a"}


def _creates(number: int, answered: dict[str, Any], **sent: Any) -> Any:
    body = {"userName": "a", **sent}
    return exchange(number, "POST", "/Users", 201, sent=body, answered=json.dumps(answered))


def test_an_attribute_that_no_answer_shows_is_not_stored() -> None:
    created = [_creates(n, USER, title="T", nickName="N", name={"givenName": "G"}) for n in range(3)]
    shown = exchange(9, answered=json.dumps({"Resources": [{**USER, "nickName": "N"}]}))
    assert Observations([*created, shown]).not_stored == {"title", "name"}
    assert Observations([*created[:2], shown]).not_stored == frozenset(), "two requests prove nothing"


@pytest.mark.parametrize("path", ["/Bulk", "/Bulk?failOnErrors=1", "/.search", "/Users/.search"])
def test_the_fields_of_a_message_are_no_attributes_of_a_resource(path: str) -> None:
    body = {"failOnErrors": 1, "startIndex": 1, "Operations": [{"method": "POST", "path": "/Users", "bulkId": "b"}]}
    sent = [exchange(n, "POST", path, 200, sent=body, answered='{"Operations": []}') for n in range(3)]
    assert Observations(sent).not_stored == frozenset()


def test_a_value_is_stored_if_a_response_escapes_the_name_of_its_attribute() -> None:
    created = [_creates(n, USER, title="T", nickName="N") for n in range(3)]
    escaped = exchange(9, answered=r'{"id": "u1", "userName": "a", "t\u0069tle": "T"}')
    assert Observations([*created, escaped]).not_stored == {"nickName"}


def test_a_schema_with_the_same_key_is_no_proof_that_a_value_is_stored() -> None:
    created = [_creates(n, USER, name={"givenName": "G"}) for n in range(3)]
    schemas = exchange(9, path="/Schemas", answered=json.dumps({"Resources": [{"id": "urn:x", "name": "User"}]}))
    assert Observations([*created, schemas]).not_stored == {"name"}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([405, 405, 405], {"PATCH /Users/{id}": 405}),
        ([405, 405, 404, 405], {"PATCH /Users/{id}": 405}),
        ([405, 405, 204, 405], {}),
        ([400] * 20, {}),
        ([404] * 5, {}),
        ([404] * 9, {"PATCH /Users/{id}": 404}),
    ],
)
def test_a_request_that_never_succeeds_is_not_implemented(statuses: list[int], expected: dict[str, int]) -> None:
    sent = [exchange(n, "PATCH", f"/Users/{n + 10}", status) for n, status in enumerate(statuses)]
    assert Observations(sent).refused == expected


def test_one_unknown_id_is_no_proof_that_a_method_is_missing() -> None:
    sent = [exchange(n, "PATCH", "/Users/00000000-0000-4000-8000-00000000beef", 404) for n in range(12)]
    assert Observations(sent).refused == {}


def test_operators_that_never_work_beside_eq() -> None:
    paths = ['?filter=userName eq "a and b co c"', '?filter=userName sw "a"', '?filter=userName sw "b"']
    found = exchange(0, path="/Users" + paths[0], answered=json.dumps({"Resources": [USER]}))
    sent = [found, *(exchange(n, path="/Users" + path, status=400) for n, path in enumerate(paths) if n)]
    assert Observations(sent).operators == {"sw"}
    assert Observations(sent[1:]).operators == frozenset(), "without eq, filters as such are missing"


def test_members_whose_values_are_no_ids() -> None:
    def shows(value: str) -> list[Any]:
        body = json.dumps({"id": "g1", "members": [{"value": value}]})
        return [exchange(n, path="/Groups/g1", answered=body) for n in range(5, 8)]

    created = _creates(1, USER)
    assert Observations([created, *shows("a")]).mistaken_members == {5, 6, 7}
    assert Observations([created, *shows("u1")]).mistaken_members == frozenset()


def test_brackets_that_no_search_finds_anything_with_do_not_work() -> None:
    found = exchange(0, path='/Users?filter=userName eq "(a)"', answered=json.dumps({"Resources": [USER]}))
    empty = exchange(1, path='/Users?filter=(userName eq "a")', answered=json.dumps({"Resources": []}))
    rejected = exchange(2, path='/Users?filter=(userName eq "a")', status=400)
    assert Observations([found, empty, rejected]).operators == {"brackets"}


def test_attributes_that_no_filter_succeeds_with_are_distinguished_by_their_collection() -> None:
    def sent(number: int, path: str, status: int) -> Any:
        return exchange(number, path=path, status=status, answered=json.dumps({"Resources": [USER]}))

    events = [
        sent(1, '/Users?filter=userName eq "a"', 200),
        sent(2, '/Groups?filter=displayName eq "a"', 200),
        sent(3, '/Users?filter=displayName eq "a"', 400),
        sent(4, "/Users?filter=title pr", 400),
        sent(5, "/Users?filter=userName pr", 400),
    ]
    assert Observations(events).attributes == {"Users displayName"}, "nothing is known about title: pr never works"


def test_members_that_no_answer_to_a_write_shows_are_hidden() -> None:
    def write(number: int, members: list[dict[str, str]]) -> Any:
        body = {"displayName": "g", "members": [{"value": "u1"}]}
        return exchange(number, "POST", "/Groups", 201, sent=body, answered=json.dumps({"id": "g", "members": members}))

    assert Observations([write(n, []) for n in range(3)]).members_hidden
    assert not Observations([write(n, []) for n in range(3)] + [write(3, [{"value": "u1"}])]).members_hidden


def test_resources_that_are_created_without_meta_never_have_one() -> None:
    assert Observations([_creates(n, USER) for n in range(3)]).no_meta
    assert not Observations(
        [_creates(n, USER) for n in range(2)] + [_creates(2, {**USER, "meta": {"version": "1"}})]
    ).no_meta


@pytest.mark.parametrize(
    ("path", "answered", "expected"),
    [
        ("/ServiceProviderConfig", {"totalResults": 0, "Resources": []}, {"/ServiceProviderConfig"}),
        ("/ServiceProviderConfig", {"patch": {"supported": True}}, set()),
        ("/Schemas", {"Resources": [{"id": "g", "displayName": "a group"}]}, {"/Schemas"}),
        ("/ResourceTypes", {"Resources": [{"endpoint": "/Users"}]}, set()),
    ],
)
def test_a_discovery_endpoint_that_shows_something_else_is_missing(
    path: str, answered: dict[str, Any], expected: set[str]
) -> None:
    assert Observations([exchange(1, path=path, answered=json.dumps(answered))]).undiscovered == expected


def test_an_operation_that_no_patch_succeeds_with_is_missing() -> None:
    def patch(number: int, op: str, status: int) -> Any:
        return exchange(number, "PATCH", "/Users/1", status, sent={"Operations": [{"op": op, "path": "title"}]})

    rejected = [patch(n, "Remove", 400) for n in range(3)]
    assert Observations([*rejected, patch(3, "add", 204)]).operations == {"Users remove"}
    assert Observations(rejected).operations == frozenset(), "PATCH as such is missing"


def test_attributes_of_which_only_one_value_is_kept() -> None:
    two = [{"value": "a"}, {"value": "b"}]
    one = [_creates(n, {**USER, "emails": two[:1]}, emails=two) for n in range(2)]
    assert Observations(one).one_kept == {"emails"}
    assert Observations([*one, _creates(2, {**USER, "emails": two}, emails=two)]).one_kept == frozenset()


def test_what_can_be_read_after_its_deletion_is_not_deleted() -> None:
    def story(number: int, *, again: bool = False) -> list[Any]:
        made = [_creates(number + 1, USER)] if again else []
        path = f"/Users/{number}"
        return [exchange(number, "DELETE", path, 204), *made, exchange(number + 2, path=path)]

    assert Observations([event for n in (10, 20, 30) for event in story(n)]).undeleted == {"Users"}
    assert Observations([event for n in (10, 20, 30) for event in story(n, again=True)]).undeleted == frozenset()
