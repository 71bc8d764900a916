"""What a server did over a whole run, from its exchanges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.report.observations import observe
from tests.conformance.made_up_runs import exchange

USER = {"id": "u1", "userName": "a"}


def _creates(number: int, answered: dict[str, Any], **sent: Any) -> Any:
    body = {"userName": "a", **sent}
    return exchange(number, "POST", "/Users", 201, sent=body, answered=json.dumps(answered))


def test_an_attribute_that_no_answer_shows_is_not_stored() -> None:
    created = [_creates(n, USER, title="T", nickName="N", name={"givenName": "G"}) for n in range(3)]
    shown = exchange(9, answered=json.dumps({"Resources": [{**USER, "nickName": "N"}]}))
    assert observe([*created, shown]).not_stored == {"title", "name"}
    assert observe([*created[:2], shown]).not_stored == frozenset(), "two requests prove nothing"


def test_a_schema_with_the_same_key_is_no_proof_that_a_value_is_stored() -> None:
    created = [_creates(n, USER, name={"givenName": "G"}) for n in range(3)]
    schemas = exchange(9, path="/Schemas", answered=json.dumps({"Resources": [{"id": "urn:x", "name": "User"}]}))
    assert observe([*created, schemas]).not_stored == {"name"}


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
    assert observe(sent).refused == expected


def test_one_unknown_id_is_no_proof_that_a_method_is_missing() -> None:
    sent = [exchange(n, "PATCH", "/Users/00000000-0000-4000-8000-00000000beef", 404) for n in range(12)]
    assert observe(sent).refused == {}


def test_operators_that_never_work_beside_eq() -> None:
    paths = ['?filter=userName eq "a and b co c"', '?filter=userName sw "a"', '?filter=userName sw "b"']
    sent = [exchange(n, path="/Users" + path, status=200 if not n else 400) for n, path in enumerate(paths)]
    assert observe(sent).operators == {"sw"}
    assert observe(sent[1:]).operators == frozenset(), "without eq, filters as such are missing"


def test_members_whose_values_are_no_ids() -> None:
    def shows(value: str) -> list[Any]:
        body = json.dumps({"id": "g1", "members": [{"value": value}]})
        return [exchange(n, path="/Groups/g1", answered=body) for n in range(5, 8)]

    created = _creates(1, USER)
    assert observe([created, *shows("a")]).mistaken_members == {5, 6, 7}
    assert observe([created, *shows("u1")]).mistaken_members == frozenset()
