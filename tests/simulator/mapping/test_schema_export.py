"""The synchronization schema as Graph gives it: written, and what was read is written back whole (GRAPH)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.schema_export import export_schema
from simulator.mapping.synchronization_schema import SynchronizationSchema, load_schema, parse_schema

CUSTOMER = Path(__file__).with_name("customer_schema.json")
DEFAULT = SynchronizationSchema(default_mapping("user"), default_mapping("group"))


def same(one: SynchronizationSchema, other: SynchronizationSchema) -> bool:
    def rows(schema: SynchronizationSchema) -> list[Any]:
        return [
            [(r.target, r.expression.text if r.expression else None, r.matching_priority, r.flow_type, r.default,
              r.value_type, r.case_exact, r.multivalued, r.flow_behavior) for r in mapping.rows]
            + [mapping.scope, mapping.enabled, mapping.may_create, mapping.may_update, mapping.may_delete]
            for mapping in (schema.user, schema.group)
        ]  # fmt: skip

    return rows(one) == rows(other)


@pytest.mark.parametrize(
    "schema", [load_schema(CUSTOMER), SynchronizationSchema(default_mapping("user"), default_mapping("group"))]
)
def test_what_is_written_is_read_back_the_same(schema: SynchronizationSchema) -> None:
    document = json.loads(json.dumps(export_schema(schema)))
    assert same(parse_schema(document), schema)
    assert export_schema(parse_schema(document)) == document


def test_nothing_that_was_read_is_lost() -> None:
    """Members that only Microsoft Graph knows survive a round trip (the export of SignPath/website has them)."""
    document = json.loads(CUSTOMER.read_text("utf-8"))
    document["@odata.context"] = "https://graph.microsoft.com/beta/$metadata#schema/$entity"
    document["version"] = "Date:2024-06-19T14:53:12.7416198Z, ActivityId:d0147501-641d-43af-86e6-8139fda68d3e"
    document["synchronizationRules"][0]["metadata"] = [{"key": "defaultSourceObjectMappings", "value": "[]"}]
    row = document["synchronizationRules"][0]["objectMappings"][1]["attributeMappings"][0]
    row["source"]["parameters"] = [{"key": "source", "value": {"expression": "[x]", "name": "x", "parameters": []}}]
    row["unknown"] = {"to": "us"}
    assert export_schema(parse_schema(json.loads(json.dumps(document)))) == document


def test_fresh_export_has_the_members_of_a_real_one() -> None:
    """SignPath/website, docs/assets/MicrosoftEntraIDScimConfiguration.json (06/2024)."""
    document = export_schema(DEFAULT)
    names = ["@odata.context", "id", "version", "synchronizationRules", "directories@odata.context", "directories"]
    assert list(document) == names
    assert document["version"].startswith("Date:")
    assert ", ActivityId:" in document["version"]
    user = document["synchronizationRules"][0]["objectMappings"][1]
    assert {"key": "OriginalJoiningProperty", "value": "userName"} in user["metadata"]
    target = document["directories"][1]["objects"][1]
    assert {"key": "ConnectorDataStorageRequired", "value": "true"} in target["metadata"]
    assert {"metadata", "apiExpressions", "referencedObjects"} <= set(target["attributes"][0])
    source = {attribute["name"] for attribute in document["directories"][0]["objects"][1]["attributes"]}
    assert {"userPrincipalName", "IsSoftDeleted", "givenName"} <= source


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        (
            'Switch([IsSoftDeleted], , "False", "True", "True", "False")',  # as in the real export
            [
                ("source", "[IsSoftDeleted]", "Attribute", "IsSoftDeleted"),
                ("switchValue", '"False"', "Constant", "False"),
                ("switchValue", '"True"', "Constant", "True"),
                ("switchValue", '"True"', "Constant", "True"),
                ("switchValue", '"False"', "Constant", "False"),
            ],
        ),
        (
            "AppRoleAssignmentsComplex([appRoleAssignments])",  # as in the real export
            [("source", "[appRoleAssignments]", "Attribute", "appRoleAssignments")],
        ),
        (
            'Join(" ", ToLower([givenName], ), [surname])',
            [
                ("separator", '" "', "Constant", " "),
                ("source", "ToLower([givenName], )", "Function", "ToLower"),
                ("source", "[surname]", "Attribute", "surname"),
            ],
        ),
        ('IIF([a] = "x", 1, &HF)', [
            ("condition", '[a] = "x"', "Function", "="), ("valueIfTrue", "1", "Constant", "1"),
            ("valueIfFalse", "&HF", "Constant", "&HF"),
        ]),
    ],
)  # fmt: skip
def test_parameters_are_a_tree(expression: str, tree: list[tuple[str, str, str, str]]) -> None:
    row = AttributeMapping("title", parse_expression(expression))
    schema = SynchronizationSchema(ObjectMapping((row,)), ObjectMapping(()))
    mapping = export_schema(schema)["synchronizationRules"][0]["objectMappings"][1]
    source = mapping["attributeMappings"][0]["source"]
    assert source["expression"] == expression
    assert [
        (p["key"], p["value"]["expression"], p["value"]["type"], p["value"]["name"]) for p in source["parameters"]
    ] == tree
