"""Turns changed attributes into PATCH operations, in each dialect (COMPAT; CUST, "Provisioning a role")."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from simulator.entra.wire_shape import Dialect, WireShape
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.mapping.expressions.roles import ROLE_TYPE, RoleName
from simulator.mapping.target_path import parse_path


def operations(changes: Sequence[AttributeChange], shape: WireShape) -> list[dict[str, Any]]:
    """The PATCH operations for these changes, in the order of the changes where the dialect keeps it."""
    changes = _one_single_role(changes, shape)
    if not shape.is_optimised or shape.several_changes == "verbose":
        return [_operation(change, shape) for change in changes]
    # The compliant dialect: paths with a filter stay operations of their own. Of the rest, several additions share one
    # object without a path and several replacements another; a change that is alone keeps its path (COMPAT's samples).
    flat = {
        op: [
            change for change in changes if not _keeps_path(change, changes, shape) and _exists(change, shape) == exists
        ]
        for op, exists in (("add", False), ("replace", True))
    }
    if shape.single_change == "path":
        flat = {op: held for op, held in flat.items() if len(held) > 1}
    gathered = [change for held in flat.values() for change in held]
    found = [_operation(change, shape) for change in changes if change not in gathered]
    return found + [{"op": op, "value": {c.path: c.value for c in held}} for op, held in flat.items() if held]


def on_wire(value: Any, shape: WireShape) -> Any:
    """A value as a POST sends it.

    A knob decides whether the name of a role has the key `display` instead of `displayName`.
    """
    if shape.role_name == "displayName" or not isinstance(value, list):
        return value
    return [_with_display(item) for item in value]


def wire_path(path: str, shape: WireShape) -> str:
    """The path as the dialect writes it.

    The dialect customappsso separates extension attributes with a dot and does not quote values (COMPAT).
    """
    if shape.dialect is not Dialect.CUSTOMAPPSSO:
        return path
    parts = parse_path(path)
    text = path if parts.schema is None else f"{parts.schema}.{path[len(parts.schema) + 1 :]}"
    return text.replace('"', "")


def op_name(op: str, shape: WireShape) -> str:
    """The op as the dialect spells it: in lower case only in the SCIM-compliant dialect."""
    return op.lower() if shape.is_optimised else op


def _keeps_path(change: AttributeChange, changes: Sequence[AttributeChange], shape: WireShape) -> bool:
    if change.path == "active" and (len(changes) == 1 or shape.active_with_others == "own_operation"):
        return True
    return "[" in change.path or change.how not in ("set", "single_role")


def _operation(change: AttributeChange, shape: WireShape) -> dict[str, Any]:
    op, path, value = ("Replace" if _exists(change, shape) else "Add"), change.path, change.value
    if change.how == "assert_roles":
        return {"op": "replace", "path": path, "value": value}
    if change.how == "add_roles":
        op = "Add"
        # The default dialect writes each role as JSON in a string (CUST).
        value = on_wire(value, shape) if shape.is_optimised else [{"value": _role_text(role)} for role in value]
    elif _is_role_text(change, shape):
        op, path, value = "Add", "roles", [{"value": _role_text(change.value.role)}]
    elif change.how == "add_values":
        op = "Add"
        if shape.multivalued_patch == "value_objects":
            value = [item if isinstance(item, dict) else {"value": item} for item in value]
    elif isinstance(value, bool) and not shape.is_optimised and not shape.real_booleans:
        # Booleans are strings in PATCH requests of the default dialect (COMPAT), spelled as the mapping spells them.
        value = change.string or str(value)
    return {"op": op_name(op, shape), "path": wire_path(path, shape), "value": value}


def _one_single_role(changes: Sequence[AttributeChange], shape: WireShape) -> list[AttributeChange]:
    """Combine `roles[primary eq "True"].value`, `.display`, and `.type` in one operation if the role is JSON in a string."""
    texts = [change for change in changes if _is_role_text(change, shape)]
    return [change for change in changes if change not in texts[1:]]


def _is_role_text(change: AttributeChange, shape: WireShape) -> bool:
    is_single = change.how == "single_role" and isinstance(change.value, RoleName)
    return is_single and not shape.is_optimised and shape.single_role_patch == "json_string"


def _role_text(role: dict[str, Any]) -> str:
    id_ = role.get("id") or str(uuid.uuid5(uuid.NAMESPACE_OID, str(role["value"])))
    name = role.get("displayName", role.get("display"))
    return json.dumps({"id": id_, "value": role["value"], "displayName": name}, separators=(",", ":"))


def _with_display(item: Any) -> Any:
    if not isinstance(item, dict) or item.get("type") != ROLE_TYPE:
        return item
    return {("display" if name == "displayName" else name): value for name, value in item.items()}


def _exists(change: AttributeChange, shape: WireShape) -> bool:
    return change.exists if shape.add_vs_replace == "by_read" else shape.add_vs_replace == "replace"
