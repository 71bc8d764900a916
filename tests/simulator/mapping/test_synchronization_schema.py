"""The synchronization schema: read as Entra exports it, run as it is, written back the same (docs/notes/entra.md 5.2; GRAPH)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.mapping.attribute_mapping import FlowType
from simulator.mapping.synchronization_schema import (
    SchemaError,
    load_schema,
    parse_schema,
)
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

CUSTOMER = Path(__file__).with_name("customer_schema.json")
BADGE = "urn:ietf:params:scim:schemas:extension:Badge:2.0:User"


def customer() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(CUSTOMER.read_text("utf-8"))
    return document


def test_customers_own_mapping_runs_as_it_is(target: FakeTarget) -> None:
    engine = Engine(target, load_schema(CUSTOMER))
    engine.person("Anna Smith", employeeType="Employee", appRoleAssignments=[{"value": "Admin"}])
    engine.person("Carl Temp", employeeType="Contractor")
    engine.group("Sales")
    engine.cycle()
    assert bodies(target.lines("GET"))[2:4] == [
        "GET /Users?filter=externalId+eq+%22id-anna%22",
        "GET /Users?filter=userName+eq+%22anna%40corp.example%22",
    ]
    assert next(r.json for r in target.received if r.method == "POST") == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": "id-anna",
        "userName": "anna@corp.example",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "nobody@corp.example"}],
        "meta": {"resourceType": "User"},
        "name": {"givenName": "Anna"},
        "roles": [{"primary": True, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}],
        BADGE: {"level": 3},  # quirk 33: not listed in schemas
    }
    assert engine.turn(name="Carl Temp").error_code == "NotInScope"


def test_add_only_rows_and_defaults_flow_at_creation_alone(target: FakeTarget) -> None:
    engine = Engine(target, load_schema(CUSTOMER))
    anna = engine.person("Anna Smith", employeeType="Employee")
    engine.cycle()
    engine.directory.update_user(engine.now, anna, givenName="Anne")
    engine.cycle()
    assert target.writes() == []
    assert engine.turn().error_code == "RedundantExport"


def test_case_counts_where_the_target_says_so(target: FakeTarget) -> None:
    """Quirk 15: case-only changes are ignored unless caseExact."""
    engine = Engine(target, load_schema(CUSTOMER))
    engine.person("Anna Smith", employeeType="Employee")
    engine.cycle()
    target.resources["Users/u1"]["userName"] = "ANNA@corp.example"
    target.resources["Users/u1"]["externalId"] = "ID-ANNA"
    engine.job.restart()
    engine.cycle()
    assert '"path":"userName"' in target.writes()[0]
    assert "externalId" not in target.writes()[0]


def test_details_of_the_customers_schema() -> None:
    user = load_schema(CUSTOMER).user
    by_target = {row.target: row for row in user.rows}
    assert [row.target for row in user.matching] == ["externalId", "userName"]
    assert by_target["name.givenName"].flow_type is FlowType.OBJECT_ADD_ONLY
    assert by_target["userName"].case_exact
    assert user.scope.groups[0].clauses[0].operator == "NOT EQUALS"


def broken(*path: Any, value: Any) -> dict[str, Any]:
    document = customer()
    place: Any = document["synchronizationRules"][0]["objectMappings"][1]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "the document: expected an object"),
        ({}, "the document.synchronizationRules: expected a list"),
        ({"synchronizationRules": []}, 'expected an object mapping with "sourceObjectName": "User"'),
        (broken("attributeMappings", value={}), "attributeMappings: expected a list"),
        (
            broken("attributeMappings", 0, "targetAttributeName", value="a b"),
            'attributeMappings[0].targetAttributeName: "a b" is not a target path',
        ),
        (
            broken("attributeMappings", 1, "source", "expression", value="ToLower([mail]"),
            'attributeMappings[1] (userName): column 15: expected "," or ")"',
        ),
        (broken("attributeMappings", 0, "matchingPriority", value="x"), 'matchingPriority: expected a number, got "x"'),
        (
            broken("attributeMappings", 0, "flowType", value="Sometimes"),
            "flowType: expected Always or ObjectAddOnly or",
        ),
        (broken("flowTypes", value="Add,Fly"), "flowTypes: expected Add, Update, Delete, got Fly"),
        (
            broken("scope", "groups", 0, "clauses", 0, "operatorName", value="LIKE"),
            "scope.groups[0].clauses[0]: ",
        ),
    ],
)
def test_mistakes_are_reported_with_their_place(document: Any, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        parse_schema(document)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("flows", "sent"),
    [
        ("Add,Update,Delete", ["POST", "PATCH", "DELETE"]),
        ("Update,Delete", []),  # no user is created, so there is none to change
        ("Add,Delete", ["POST", "DELETE"]),
        ("Add,Update", ["POST", "PATCH"]),
        ("None", []),
    ],
)
def test_target_object_actions_can_be_switched_off(target: FakeTarget, flows: str, sent: list[str]) -> None:
    """HOW: Create, Update and Delete of an object type."""
    engine = Engine(target, parse_schema(broken("flowTypes", value=flows)))
    anna = engine.person("Anna Smith", employeeType="Employee")
    found = []
    for change in (None, lambda: engine.directory.update_user(engine.now, anna, mailNickname="anne"), lambda: engine.directory.purge(engine.now, anna)):  # fmt: skip
        if change is not None:
            change()
        engine.cycle()
        found += [line.partition(" ")[0] for line in target.writes()]
    assert found == sent
