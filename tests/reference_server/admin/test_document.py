"""The description of the admin API as a document: its references lead somewhere, and nothing is described twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from reference_server.admin.document import DOCUMENT, METHODS

OPENAPI: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
SECTIONS = ("schemas", "responses", "parameters")


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(item)


def operations() -> Iterator[dict[str, Any]]:
    for item in OPENAPI["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def parameters() -> Iterator[dict[str, Any]]:
    for described in [*OPENAPI["paths"].values(), *operations()]:
        yield from described.get("parameters", ())


def target(reference: str) -> Any:
    assert reference.startswith("#/"), reference
    found = OPENAPI
    for part in reference[2:].split("/"):
        found = found[part]
    return found


def test_every_reference_leads_to_a_component_of_its_kind() -> None:
    for operation in operations():
        for response in operation["responses"].values():
            assert "description" in (target(response["$ref"]) if "$ref" in response else response)
    for parameter in parameters():
        assert {"name", "in", "schema"} <= (target(parameter["$ref"]) if "$ref" in parameter else parameter).keys()
    assert all(target(node["$ref"]) for node in nodes(OPENAPI) if "$ref" in node)


def test_every_component_is_used() -> None:
    used = {node["$ref"] for node in nodes(OPENAPI) if "$ref" in node}
    made = {f"#/components/{section}/{name}" for section in SECTIONS for name in OPENAPI["components"][section]}
    assert made - used == set()


def test_no_answer_and_no_parameter_is_described_twice() -> None:
    inline = [r for operation in operations() for r in operation["responses"].values() if "$ref" not in r]
    inline += [parameter for parameter in parameters() if "$ref" not in parameter]
    assert [text for text, count in Counter(map(json.dumps, inline)).items() if count > 1] == []


def test_schemas_are_schemas_and_operations_have_names() -> None:
    for schema in OPENAPI["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator({**schema, "components": OPENAPI["components"]})
    names = [operation["operationId"] for operation in operations()]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for operation in operations())


def test_path_parameters_are_declared() -> None:
    for path, item in OPENAPI["paths"].items():
        wanted = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        declared = [p if "name" in p else target(p["$ref"]) for p in item.get("parameters", ())]
        assert {p["name"] for p in declared if p["in"] == "path"} == wanted, path
