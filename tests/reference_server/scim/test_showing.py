"""What replies show: projection, sorting, pages, versions, bulk order, the error tree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reference_server.scim import errors
from reference_server.scim.bulk import BULK_URN, plan_bulk, resolve
from reference_server.scim.paging import list_response, parse_page
from reference_server.scim.projection import compile_projection
from reference_server.scim.resource_type import ResourceType, resource_types
from reference_server.scim.schema import InvalidSchema, compile_schema
from reference_server.scim.sorting import sort_key
from reference_server.scim.version import if_match, if_none_match

USER = resource_types().by_name["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANNA: dict[str, Any] = {
    "schemas": [USER.schema.id, ENTERPRISE],
    "id": "1",
    "userName": "anna",
    "name": {"givenName": "A", "familyName": "B"},
    "emails": [{"value": "a@x", "type": "work"}],
    "meta": {"resourceType": "User"},
    ENTERPRISE: {"department": "S", "costCenter": "7"},
}


@pytest.mark.parametrize(
    ("attributes", "excluded", "names"),
    [
        (None, None, ["schemas", "id", "userName", "name", "emails", "meta", ENTERPRISE]),
        ("userName", None, ["schemas", "id", "userName"]),
        ("USERNAME, unknown", None, ["schemas", "id", "userName"]),
        ("unknown", None, ["schemas", "id"]),
        ("password", None, ["schemas", "id"]),
        ("meta", None, ["schemas", "id", "meta"]),
        (None, "userName,emails,id,schemas", ["schemas", "id", "name", "meta", ENTERPRISE]),
        (None, ENTERPRISE, ["schemas", "id", "userName", "name", "emails", "meta"]),
        (ENTERPRISE, None, ["schemas", "id", ENTERPRISE]),
        (f"{ENTERPRISE}:department", None, ["schemas", "id", ENTERPRISE]),
        (USER.schema.id, None, ["schemas", "id", "userName", "name", "emails"]),
    ],
)
def test_projection_shows(attributes: str | None, excluded: str | None, names: list[str]) -> None:
    assert list(compile_projection(USER, attributes, excluded).apply(ANNA)) == names


@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        ("name.givenName", None, {"name": {"givenName": "A"}}),
        ("name.givenName,name", None, {"name": {"givenName": "A", "familyName": "B"}}),
        ("name.givenName,name.familyName", None, {"name": {"givenName": "A", "familyName": "B"}}),
        ("emails.value", None, {"emails": [{"value": "a@x"}]}),
        (f"{ENTERPRISE}:costCenter", None, {ENTERPRISE: {"costCenter": "7"}}),
        (None, "name.givenName", {"name": {"familyName": "B"}}),
        (None, "emails.type,emails.value", {"emails": None}),
    ],
)
def test_projection_of_parts(attributes: str | None, excluded: str | None, shown: dict[str, Any]) -> None:
    projected = compile_projection(USER, attributes, excluded).apply(ANNA)
    assert {name: projected.get(name) for name in shown} == shown


def test_returned_request_never_and_always_are_honoured() -> None:
    attributes = [
        {"name": "loud", "returned": "always"},
        {"name": "asked", "returned": "request"},
        {"name": "secret", "returned": "never"},
        {"name": "plain"},
    ]
    schema = compile_schema({"id": "urn:x:T", "attributes": attributes})
    rtype = ResourceType({"name": "T", "endpoint": "/Ts", "schema": "urn:x:T"}, {"urn:x:T": schema})
    held = {"schemas": ["urn:x:T"], "id": "1", "loud": "l", "asked": "a", "secret": "s", "plain": "p"}
    assert list(compile_projection(rtype, None, None).apply(held)) == ["schemas", "id", "loud", "plain"]
    assert list(compile_projection(rtype, "asked,secret", None).apply(held)) == ["schemas", "id", "loud", "asked"]
    assert list(compile_projection(rtype, None, "loud,plain").apply(held)) == ["schemas", "id", "loud"]


def test_sorting_by_type() -> None:
    people: list[dict[str, Any]] = [{"userName": "b"}, {"userName": "A"}, {"displayName": "x"}, {"userName": "c"}]
    ascending = sorted(people, key=sort_key(USER, "userName", False))
    assert [p.get("userName") for p in ascending] == ["A", "b", "c", None]
    descending = sorted(people, key=sort_key(USER, "userName", True), reverse=True)
    assert [p.get("userName") for p in descending] == [None, "c", "b", "A"]


def test_multi_valued_attributes_sort_by_their_primary_value() -> None:
    one: dict[str, Any] = {"emails": [{"value": "z"}, {"value": "a", "primary": True}]}
    other: dict[str, Any] = {"emails": [{"value": "b"}]}
    assert sorted([other, one], key=sort_key(USER, "emails", False)) == [one, other]


@pytest.mark.parametrize("name", ["unknown", "name", "password"])
def test_what_cannot_be_sorted_by_is_refused(name: str) -> None:
    with pytest.raises(errors.InvalidPath):
        sort_key(USER, name, False)


@pytest.mark.parametrize(
    ("start", "count", "page"),
    [
        (None, None, (1, 100)),
        ("0", "5", (1, 5)),
        ("-7", "-1", (1, 0)),
        ("3", "0", (3, 0)),
        ("999999999999999999999", "10", (2**53, 10)),
        ("2", "1000000000000", (2, 1000)),
    ],
)
def test_pages_are_bounded(start: str | None, count: str | None, page: tuple[int, int]) -> None:
    assert parse_page(start, count, 100, 1000) == page


@pytest.mark.parametrize("text", ["abc", "1.5", "", "NaN", "1e3", "٣"])
def test_page_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidValue):
        parse_page(text, None, 100, 1000)


def test_list_response_counts_itself() -> None:
    body = json.loads(list_response([b'{"id":"1"}'], 9, 3))
    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (9, 3, 1)


@pytest.mark.parametrize(
    ("header", "matches"),
    [('W/"3"', True), ('"3"', True), ('W/"2"', False), ("*", True), ('W/"1", W/"3"', True), ("", False), ("3", False)],
)
def test_versions_match(header: str, matches: bool) -> None:
    assert if_match(header, 'W/"3"') is matches
    assert if_none_match(header, 'W/"3"') is matches


def operation(bulk_id: str, *needs: str, method: str = "POST") -> dict[str, Any]:
    data = {"displayName": bulk_id, "members": [{"value": f"bulkId:{name}"} for name in needs]}
    return {"method": method, "path": "/Groups", "bulkId": bulk_id, "data": data}


def test_bulk_order_satisfies_references() -> None:
    body = {"schemas": [BULK_URN], "Operations": [operation("a", "b"), operation("b", "c"), operation("c")]}
    assert [o.bulk_id for o in plan_bulk(body, 10).ordered] == ["c", "b", "a"]


def test_bulk_circle_is_a_conflict_for_those_in_it_only() -> None:
    body = {
        "schemas": [BULK_URN],
        "Operations": [operation("a", "b"), operation("b", "a"), operation("c"), operation("d", "d")],
    }
    found = {o.bulk_id: o.error.status if o.error else None for o in plan_bulk(body, 10).ordered}
    assert found == {"c": None, "d": 409, "a": 409, "b": 409}


def test_bulk_order_takes_linear_time() -> None:
    chain = [operation(f"n{i}", f"n{i + 1}") for i in range(999)] + [operation("n999")]
    assert len(plan_bulk({"schemas": [BULK_URN], "Operations": chain}, 1000).ordered) == 1000


def test_references_are_resolved_everywhere() -> None:
    data = {"path": "/Users/bulkId:u1", "list": ["bulkId:u1", "bulkId:u10"]}
    assert resolve(data, {"u1": "A", "u10": "B"}) == {"path": "/Users/A", "list": ["A", "B"]}
    with pytest.raises(errors.InvalidValue):
        resolve("bulkId:gone", {})


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"schemas": [BULK_URN]},
        {"schemas": [BULK_URN], "Operations": []},
        {"schemas": [BULK_URN], "Operations": ["x"]},
    ],
)
def test_bulk_that_is_none_is_refused(body: Any) -> None:
    with pytest.raises(errors.ScimError):
        plan_bulk(body, 10)


def every_error(kind: type[errors.ScimError] = errors.ScimError) -> list[type[errors.ScimError]]:
    return [kind] + [found for sub in kind.__subclasses__() for found in every_error(sub)]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_the_rfcs_form(kind: type[errors.ScimError]) -> None:
    body = kind("why").body()
    assert body["schemas"] == [errors.ERROR_URN]
    assert body["status"] == str(kind.status)
    assert body["detail"] == "why"
    assert body.get("scimType") == kind.scim_type


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": "x"},
        {"id": "x", "attributes": [{"name": "a", "type": "text"}]},
        {"id": "x", "attributes": [{"name": "a"}, {"name": "A"}]},
    ],
)
def test_schema_that_is_none_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidSchema):
        compile_schema(document)
