"""Reads the synchronization schema of a job as Microsoft Graph defines it; `schema_export` writes it (GRAPH)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.guard.json_text import BadJson, read_json
from simulator.mapping.attribute_mapping import AttributeMapping, FlowBehavior, FlowType, ObjectMapping
from simulator.mapping.expressions.evaluation import ExpressionError
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.scoping_filter import OPERATORS, Clause, FilterError, FilterGroup, ScopingFilter
from simulator.mapping.target_path import PathError, parse_path

KINDS = {"User": "user", "Group": "group"}
_REFERENCES = frozenset({"manager", "members"})
FLAGS = {"Add": "may_create", "Update": "may_update", "Delete": "may_delete"}
_SPELLINGS = {name.replace(" ", "").replace("_", "").upper(): name for name in OPERATORS}


class SchemaError(Exception):
    """The file is not a valid synchronization schema. The message has the form `file: where: what was expected`."""


@dataclass(frozen=True, slots=True)
class SynchronizationSchema:
    """The two object mappings of a job. The rest of the document is kept for the export."""

    user: ObjectMapping
    group: ObjectMapping
    document: Mapping[str, Any] | None = None


def load_schema(path: Path) -> SynchronizationSchema:
    """Read a schema from a file. Raises SchemaError."""
    try:
        document = read_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SchemaError(f"{path}: {error.strerror or error}") from None
    except BadJson as error:
        raise SchemaError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise SchemaError(f"{path}: not JSON: expected UTF-8") from None
    try:
        return parse_schema(document)
    except SchemaError as error:
        raise SchemaError(f"{path.name}: {error}") from None


def parse_schema(document: Any) -> SynchronizationSchema:
    """Read a schema from a parsed document. Raises SchemaError, which names the place in the document."""
    rules = _list(_dict(document, "the document"), "synchronizationRules", "the document")
    types = _attribute_types(document)
    found: dict[str, ObjectMapping] = {}
    for rule_number, rule in enumerate(rules):
        place = f"synchronizationRules[{rule_number}]"
        for number, mapping in enumerate(_list(_dict(rule, place), "objectMappings", place)):
            inner = f"{place}.objectMappings[{number}]"
            kind = KINDS.get(str(_dict(mapping, inner).get("sourceObjectName")))
            if kind is not None and kind not in found:
                found[kind] = _object_mapping(mapping, inner, types.get(str(mapping.get("targetObjectName")), {}))
    if "user" not in found:
        raise SchemaError('synchronizationRules: expected an object mapping with "sourceObjectName": "User"')
    group = found.get("group") or ObjectMapping((), enabled=False)
    return SynchronizationSchema(found["user"], group, document)


def _object_mapping(mapping: dict[str, Any], place: str, types: Mapping[str, Any]) -> ObjectMapping:
    rows = [
        _row(_dict(row, f"{place}.attributeMappings[{number}]"), f"{place}.attributeMappings[{number}]", types)
        for number, row in enumerate(_list(mapping, "attributeMappings", place))
    ]
    flows = {flow.strip() for flow in str(mapping.get("flowTypes", "Add,Update,Delete")).split(",")}
    unknown = flows - {*FLAGS, "None", "All"}
    if unknown:
        raise SchemaError(f"{place}.flowTypes: expected Add, Update, Delete, got {', '.join(sorted(unknown))}")
    return ObjectMapping(
        tuple(rows),
        name=str(mapping.get("name") or ""),
        enabled=mapping.get("enabled") is not False,
        scope=_scope(mapping.get("scope"), f"{place}.scope"),
        **{flag: flow in flows or "All" in flows for flow, flag in FLAGS.items()},
    )


def _row(row: dict[str, Any], place: str, types: Mapping[str, Any]) -> AttributeMapping:
    target = row.get("targetAttributeName")
    if not isinstance(target, str):
        raise SchemaError(f"{place}.targetAttributeName: expected a string")
    try:
        path = parse_path(target)
    except PathError as error:
        raise SchemaError(f"{place}.targetAttributeName: {error}") from None
    source = row.get("source")
    expression = source.get("expression") if isinstance(source, dict) else None
    try:
        parsed = parse_expression(expression) if expression else None
    except ExpressionError as error:
        raise SchemaError(f"{place} ({target}): {error}") from None
    kind = types.get(target.lower(), {})
    is_reference = path.name in _REFERENCES and parsed is not None and not parsed.functions
    value_type = (
        "Reference" if is_reference else str(kind.get("type") or ("Boolean" if target == "active" else "String"))
    )
    priority = row.get("matchingPriority", 0)
    if not isinstance(priority, int):
        raise SchemaError(f"{place}.matchingPriority: expected a number, got {json.dumps(priority)}")
    roles = parsed is not None and any(name.endswith("AppRoleAssignmentsComplex") for name in parsed.functions)
    return AttributeMapping(
        target,
        parsed,
        priority,
        default=row.get("defaultValue") or None,
        flow_type=_choice(FlowType, row.get("flowType", "Always"), f"{place}.flowType"),
        flow_behavior=_choice(FlowBehavior, row.get("flowBehavior", "FlowWhenChanged"), f"{place}.flowBehavior"),
        value_type=value_type,
        case_exact=kind.get("caseExact") is True,
        required=kind.get("required") is True and not is_reference,
        multivalued=roles or (kind.get("multivalued") is True and path.key is None and path.sub is None),
    )


def _scope(scope: Any, place: str) -> ScopingFilter:
    if not isinstance(scope, dict):
        return ScopingFilter()
    groups = []
    for number, group in enumerate(scope.get("groups") or ()):
        inner = f"{place}.groups[{number}]"
        clauses = []
        for index, clause in enumerate(_list(_dict(group, inner), "clauses", inner)):
            operand = clause.get("targetOperand") or {}
            name = str(clause.get("operatorName", ""))
            spelled = _SPELLINGS.get(name.replace(" ", "").replace("_", "").upper(), name)
            try:
                values = tuple(str(value) for value in operand.get("values") or ())
                clauses.append(Clause(str(clause.get("sourceOperandName", "")), spelled, values))
            except FilterError as error:
                raise SchemaError(f"{inner}.clauses[{index}]: {error}") from None
        groups.append(FilterGroup(str(group.get("name") or f"filter {number + 1}"), tuple(clauses)))
    return ScopingFilter(tuple(groups))


def _attribute_types(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Map target objects and lower-case attribute names to the definitions in the directories of the document."""
    types: dict[str, dict[str, Any]] = {}
    for directory in document.get("directories") or ():
        for item in directory.get("objects") or () if isinstance(directory, dict) else ():
            if isinstance(item, dict) and str(item.get("name", "")).startswith("urn:"):
                attributes = [a for a in item.get("attributes") or () if isinstance(a, dict)]
                types[item["name"]] = {str(a.get("name", "")).lower(): a for a in attributes}
    return types


def _choice(kind: Any, value: Any, place: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise SchemaError(f'{place}: expected {" or ".join(kind)}, got "{value}"') from None


def _dict(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(f"{place}: expected an object")
    return value


def _list(value: dict[str, Any], key: str, place: str) -> list[Any]:
    if not isinstance(value.get(key), list):
        raise SchemaError(f"{place}.{key}: expected a list")
    return list(value[key])
