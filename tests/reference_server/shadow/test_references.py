"""References between resources: labels, closures of nested groups, and removal."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reference_server.scim.resource_type import resource_types
from reference_server.shadow.references import (
    group_closure,
    label_in,
    prepared,
    referenced_value,
    relations_of,
    rendered,
    without_reference,
)

TYPES = resource_types()
USER, GROUP = TYPES.by_name["User"], TYPES.by_name["Group"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = USER.references[0][1]
ODD = 'A "B" \\ ,"display":"C"'


def test_relations_of_the_built_in_types() -> None:
    (members,) = relations_of(TYPES)["Group"]
    assert (members.name, set(members.targets)) == ("members", {"User", "Group"})
    assert relations_of(TYPES)["User"] == ()


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"displayName": "Ada", "userName": "a"}, "Ada"),
        ({"name": {"formatted": "Ada L"}, "userName": "a"}, "Ada L"),
        ({"userName": "a"}, "a"),
        ({"displayName": ODD}, ODD),
        ({}, None),
    ],
)
def test_a_reference_shows_id_and_label(resource: dict[str, Any], name: str | None) -> None:
    summary = prepared(USER)({"id": "x1", "resource": resource})
    assert label_in(summary) == name
    shown = {"value": "x1", "$ref": "http://x/Users/x1", "type": "User", **({"display": name} if name else {})}
    assert orjson.loads(b"[%b]" % rendered("http://x/Users/", "User", [summary, summary])) == [shown, shown]


def test_an_extension_that_held_only_the_reference_goes_with_it() -> None:
    user = {"schemas": [USER.schema.id, ENTERPRISE], ENTERPRISE: {"manager": {"value": "boss"}}}
    assert referenced_value(user, ENTERPRISE, MANAGER) == "boss"
    assert without_reference(user, ENTERPRISE, MANAGER) == {"schemas": [USER.schema.id]}
    more = {**user, ENTERPRISE: {"manager": {"value": "boss"}, "department": "Law"}}
    assert without_reference(more, ENTERPRISE, MANAGER)[ENTERPRISE] == {"department": "Law"}


def test_nested_groups_are_found_once_even_in_a_circle() -> None:
    parents = {"g1": ["g2"], "g2": ["g3", "g1"], "g3": ["g1"]}
    found = group_closure([(GROUP, "g1")], lambda rtype, id_: ((rtype, parent) for parent in parents[id_]))
    assert {id_: direct for (_, id_), (_, direct) in found.items()} == {"g1": True, "g2": False, "g3": False}
