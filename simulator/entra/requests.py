"""Pure functions that turn a change into the exact request that Entra sends, in both PATCH dialects (docs/entra.md)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

from simulator.entra.attribute_operations import on_wire as _wire_value
from simulator.entra.attribute_operations import op_name as _op
from simulator.entra.attribute_operations import operations as _operations
from simulator.entra.attribute_operations import wire_path as _wire_path
from simulator.entra.wire_shape import Dialect as Dialect
from simulator.entra.wire_shape import WireShape as WireShape
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.mapping.target_path import ENTERPRISE_URN, GROUP_URN, MANAGER_PATH, USER_URN, parse_path, put
from simulator.provisioning.request import Request, equals, patch, resource_path
from simulator.provisioning.request import delete_group as delete_group
from simulator.provisioning.request import delete_user as delete_user
from simulator.provisioning.request import read_group as read_group
from simulator.provisioning.request import read_page as read_page
from simulator.provisioning.request import read_user as read_user

OLD_GROUP_URN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


# ── looking up and reading (3.1) ──


def probe_user(guid: str, attribute: str = "userName") -> Request:
    """The connection test looks up a user that does not exist. The correct response is 200 with an empty list."""
    return Request("GET", f"/Users?filter={equals(attribute, guid)}", None, "probe user")


def probe_group(guid: str) -> Request:
    return Request(
        "GET", f"/Groups?excludedAttributes=members&filter={equals('displayName', guid)}", None, "probe group"
    )


def match_user(attribute: str, value: str) -> Request:
    return Request("GET", f"/Users?filter={equals(attribute, value)}", None, "match user")


def match_group(attribute: str, value: str) -> Request:
    return Request("GET", f"/Groups?excludedAttributes=members&filter={equals(attribute, value)}", None, "match group")


def match_reference(endpoint: str, target_id: str, attribute: str, value: str) -> Request:
    """Ask whether a reference already exists, as the SCIM tutorial documents it.

    The knob `reference_probe` turns this on.
    """
    condition = quote_plus(f'id eq "{target_id}" and {attribute} eq "{value}"')
    return Request("GET", f"{endpoint}?filter={condition}&attributes=id", None, "probe reference")


# ── users (3.2 to 3.4) ──


def create_user(attributes: dict[str, Any], shape: WireShape = WireShape()) -> Request:
    """Create a user. `attributes` maps target paths to values; references follow later (docs/notes/entra.md 3.6)."""
    return Request("POST", "/Users", user_body(attributes, shape), "create user")


def update_user(target_id: str, changes: list[AttributeChange], shape: WireShape = WireShape()) -> Request:
    """Send all scalar changes in one PATCH. The name of the request tells whether it enables or disables the user."""
    active = next((change.value for change in changes if change.path == "active"), None)
    operation = {None: "update user", False: "disable user", True: "enable user"}.get(active, "update user")
    return Request("PATCH", resource_path("Users", target_id), patch(_operations(changes, shape)), operation)


def disable_user(target_id: str, shape: WireShape = WireShape()) -> Request:
    return update_user(target_id, [AttributeChange("active", False, True)], shape)


def enable_user(target_id: str, shape: WireShape = WireShape()) -> Request:
    return update_user(target_id, [AttributeChange("active", True, True)], shape)


# ── references (3.6, 3.7) ──


def set_manager(target_id: str, manager_id: str, shape: WireShape = WireShape(), *, exists: bool) -> Request:
    """Set the manager with a bare id, which servers must accept and must return as an object."""
    path, value = MANAGER_PATH, manager_id  # type: str, Any
    if shape.manager_shape == "value_path":
        path = f"{MANAGER_PATH}.value"
    elif shape.manager_shape == "object":
        value = {"value": manager_id}
    elif shape.manager_shape == "list":  # the older form in the SCIM tutorial
        path, value = "manager", [{"$ref": f"/Users/{manager_id}", "value": manager_id}]
    operation = {"op": _op("Replace" if exists else "Add", shape), "path": _wire_path(path, shape), "value": value}
    return Request("PATCH", resource_path("Users", target_id), patch([operation]), "set manager")


def remove_manager(target_id: str, shape: WireShape = WireShape()) -> Request:
    by_replace = shape.manager_removal == "replace_empty"
    if shape.manager_removal == "by_dialect":
        by_replace = shape.is_optimised
    operation = {"op": _op("Replace" if by_replace else "Remove", shape), "path": _wire_path(MANAGER_PATH, shape)}
    if by_replace:
        operation["value"] = ""
    return Request("PATCH", resource_path("Users", target_id), patch([operation]), "remove manager")


# ── groups (3.7) ──


def create_group(attributes: dict[str, Any], shape: WireShape = WireShape()) -> Request:
    """Create a group without members; the members follow one by one."""
    schemas = [GROUP_URN]
    if shape.dialect is Dialect.CUSTOMAPPSSO:
        schemas = [OLD_GROUP_URN]
    elif shape.group_extra_schema:
        schemas.append(OLD_GROUP_URN)
    body: dict[str, Any] = {}
    for path, value in attributes.items():
        put(body, path, value)
    first: dict[str, Any] = {name: body.pop(name) for name in ("externalId", "displayName") if name in body}
    body = {"schemas": schemas} | first | {"meta": {"resourceType": "Group"}} | body
    if shape.group_members_empty:
        body["members"] = []
    return Request("POST", "/Groups", body, "create group")


def update_group(target_id: str, changes: list[AttributeChange], shape: WireShape = WireShape()) -> Request:
    return Request("PATCH", resource_path("Groups", target_id), patch(_operations(changes, shape)), "update group")


def add_members(
    group_id: str, member_ids: list[str], shape: WireShape = WireShape(), *, replaces: bool = False
) -> Request:
    """Add members in one operation. A knob sets how many ids it contains, one by default.

    With `replaces`, the group was read with members, so Entra writes Replace (grokability/snipe-it#19096).
    """
    op = "Replace" if replaces else "Add"
    operation = {"op": _op(op, shape), "path": "members", "value": [_member(id_, shape) for id_ in member_ids]}
    return Request("PATCH", resource_path("Groups", group_id), patch([operation]), "add member")


def remove_members(group_id: str, member_ids: list[str], shape: WireShape = WireShape()) -> Request:
    """Remove members.

    The default dialect names the member in `value`, which a strict reading of the RFC ignores, so the group is
    emptied.
    """
    if shape.is_optimised:
        operations = [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in member_ids]
        return Request("PATCH", resource_path("Groups", group_id), patch(operations), "remove member")
    operation = {"op": "Remove", "path": "members", "value": [_member(id_, shape) for id_ in member_ids]}
    return Request("PATCH", resource_path("Groups", group_id), patch([operation]), "remove member")


def with_flag(path: str, dialect: Dialect) -> str:
    """Add the flag of the dialect to the path. Entra copies it from the tenant URL (docs/notes/entra.md 1.2)."""
    if dialect is not Dialect.AAD_OPT_SCIM_062020:
        return path
    bare, _, query = path.partition("?")
    return f"{bare}?{dialect.value}&{query}" if query else f"{bare}?{dialect.value}"


_FIRST_KEYS = ("externalId", "userName", "active", "displayName", "emails", "meta", "name", "roles")


def user_body(attributes: dict[str, Any], shape: WireShape = WireShape()) -> dict[str, Any]:
    """The resource of a POST: target paths become nested values, in the key order of Entra's sample (docs/notes/entra.md 3.2).

    Custom extensions are sent but not listed in `schemas`, as documented (CUST). Without roles, `roles` is an
    empty list (SCIM, "Create User"). An attribute that is mapped with the core URN is sent below that URN, never
    at the top level (zulip/zulip#39773).
    """
    body: dict[str, Any] = {"meta": {"resourceType": "User"}}
    if shape.empty_roles:
        body["roles"] = []
    for path, value in attributes.items():
        home = body
        if path.startswith("urn:"):
            parts = parse_path(path)
            home = body.setdefault(parts.urn, {}) if parts.urn and parts.schema is None else body
        put(home, path, _wire_value(value, shape) if isinstance(value, list) else value)
    extensions = {name: body.pop(name) for name in list(body) if name.startswith("urn:")}
    ordered: dict[str, Any] = {"schemas": [USER_URN, ENTERPRISE_URN]}
    ordered.update({name: body[name] for name in _FIRST_KEYS if name in body})
    ordered.update({name: value for name, value in body.items() if name not in ordered})
    return {**ordered, **extensions}


def _member(member_id: str, shape: WireShape) -> dict[str, Any]:
    return {"$ref": None, "value": member_id} if shape.members_ref_null else {"value": member_id}
