"""Pure: from a change to the exact request that Entra sends, in both PATCH dialects (entra.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote_plus

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MANAGER_PATH = f"{ENTERPRISE_URN}:manager"


class Dialect(StrEnum):
    """How PATCH is written: today's default, or that of the flag in the tenant URL."""

    DEFAULT = "default"
    AAD_OPT_SCIM_062020 = "aadOptscim062020"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is relative to the base URL and encoded as on the wire, `operation` its name for people."""

    method: str
    path: str
    body: dict[str, Any] | None
    operation: str


class AttributeChange(NamedTuple):
    """One attribute to set: its target path, its value, and whether the target has one already."""

    path: str
    value: Any
    exists: bool


# ── looking up and reading (3.1) ──


def probe_user(guid: str, attribute: str = "userName") -> Request:
    """The connection test: a user that does not exist; right is 200 with an empty list."""
    return Request("GET", f"/Users?filter={_eq(attribute, guid)}", None, "probe user")


def probe_group(guid: str) -> Request:
    return Request("GET", f"/Groups?excludedAttributes=members&filter={_eq('displayName', guid)}", None, "probe group")


def match_user(attribute: str, value: str) -> Request:
    return Request("GET", f"/Users?filter={_eq(attribute, value)}", None, "match user")


def match_group(attribute: str, value: str) -> Request:
    return Request("GET", f"/Groups?excludedAttributes=members&filter={_eq(attribute, value)}", None, "match group")


def read_user(target_id: str) -> Request:
    return Request("GET", f"/Users/{target_id}", None, "read user")


def read_group(target_id: str) -> Request:
    return Request("GET", f"/Groups/{target_id}?excludedAttributes=members", None, "read group")


# ── users (3.2 to 3.4) ──


def create_user(attributes: dict[str, Any]) -> Request:
    """`attributes` are target paths → values as a mapping gives them; references come later (3.6)."""
    return Request("POST", "/Users", user_body(attributes), "create user")


def update_user(target_id: str, changes: list[AttributeChange], dialect: Dialect) -> Request:
    """All scalar changes in one PATCH; its name says when it switches the user off or on."""
    active = next((change.value for change in changes if change.path == "active"), None)
    operation = {None: "update user", False: "disable user", True: "enable user"}[active]
    return Request("PATCH", f"/Users/{target_id}", _patch(_operations(changes, dialect)), operation)


def disable_user(target_id: str, dialect: Dialect) -> Request:
    return update_user(target_id, [AttributeChange("active", False, True)], dialect)


def enable_user(target_id: str, dialect: Dialect) -> Request:
    return update_user(target_id, [AttributeChange("active", True, True)], dialect)


def delete_user(target_id: str) -> Request:
    return Request("DELETE", f"/Users/{target_id}", None, "delete user")


# ── references (3.6, 3.7) ──


def set_manager(target_id: str, manager_id: str, dialect: Dialect, *, exists: bool) -> Request:
    """A bare id as value, which servers must take and must answer with as an object."""
    operation = {"op": _op("Replace" if exists else "Add", dialect), "path": MANAGER_PATH, "value": manager_id}
    return Request("PATCH", f"/Users/{target_id}", _patch([operation]), "set manager")


def remove_manager(target_id: str, dialect: Dialect) -> Request:
    operation: dict[str, Any] = {"op": "Remove", "path": MANAGER_PATH}
    if dialect is Dialect.AAD_OPT_SCIM_062020:
        operation = {"op": "replace", "path": MANAGER_PATH, "value": ""}
    return Request("PATCH", f"/Users/{target_id}", _patch([operation]), "remove manager")


# ── groups (3.7) ──


def create_group(external_id: str, display_name: str) -> Request:
    """Groups are created without members; these follow one by one."""
    body = {
        "schemas": [GROUP_URN],
        "externalId": external_id,
        "displayName": display_name,
        "meta": {"resourceType": "Group"},
    }
    return Request("POST", "/Groups", body, "create group")


def rename_group(target_id: str, display_name: str, dialect: Dialect) -> Request:
    operation: dict[str, Any] = {"op": "Replace", "path": "displayName", "value": display_name}
    if dialect is Dialect.AAD_OPT_SCIM_062020:
        operation = {"op": "replace", "value": {"displayName": display_name}}
    return Request("PATCH", f"/Groups/{target_id}", _patch([operation]), "update group")


def add_member(group_id: str, member_id: str, dialect: Dialect) -> Request:
    operation = {"op": _op("Add", dialect), "path": "members", "value": [{"value": member_id}]}
    return Request("PATCH", f"/Groups/{group_id}", _patch([operation]), "add member")


def remove_member(group_id: str, member_id: str, dialect: Dialect) -> Request:
    """The default dialect names the member in a value, which the RFC does not know: read literally it empties the group."""
    operation: dict[str, Any] = {"op": "Remove", "path": "members", "value": [{"value": member_id}]}
    if dialect is Dialect.AAD_OPT_SCIM_062020:
        operation = {"op": "remove", "path": f'members[value eq "{member_id}"]'}
    return Request("PATCH", f"/Groups/{group_id}", _patch([operation]), "remove member")


def delete_group(target_id: str) -> Request:
    return Request("DELETE", f"/Groups/{target_id}", None, "delete group")


def read_page(endpoint: str, start_index: int, count: int, *, excluded: str | None = None) -> Request:
    """Not of the provisioning engine but of account discovery (7.4): one page of all resources."""
    hidden = f"&excludedAttributes={excluded}" if excluded else ""
    return Request("GET", f"{endpoint}?startIndex={start_index}&count={count}{hidden}", None, "read page")


def with_flag(path: str, dialect: Dialect) -> str:
    """The path with the dialect's flag, which Entra carries over from the tenant URL (1.2)."""
    if dialect is Dialect.DEFAULT:
        return path
    bare, _, query = path.partition("?")
    return f"{bare}?{dialect.value}&{query}" if query else f"{bare}?{dialect.value}"


# ── bodies ──

_FIRST_KEYS = ("externalId", "userName", "active", "displayName", "emails", "meta", "name")


def user_body(attributes: dict[str, Any]) -> dict[str, Any]:
    """The resource of a POST: target paths become nested values, in the key order of Entra's sample (3.2)."""
    body: dict[str, Any] = {"meta": {"resourceType": "User"}}
    extension: dict[str, Any] = {}
    for path, value in attributes.items():
        if path.startswith(ENTERPRISE_URN + ":"):
            extension[path[len(ENTERPRISE_URN) + 1 :]] = value
        elif "[" in path:
            _put_element(body, path, value)
        elif "." in path:
            name, _, sub = path.partition(".")
            body.setdefault(name, {})[sub] = value
        else:
            body[path] = value
    ordered = {"schemas": [USER_URN, ENTERPRISE_URN]}
    ordered.update({name: body[name] for name in _FIRST_KEYS if name in body})
    ordered.update({name: value for name, value in body.items() if name not in ordered})
    if extension:
        ordered[ENTERPRISE_URN] = extension  # type: ignore[assignment]
    return ordered


def split_path(path: str) -> tuple[str, str, str]:
    """(attribute, type, sub-attribute) of a path like `emails[type eq "work"].value`."""
    name, _, rest = path.partition("[")
    condition, _, sub = rest.partition("].")
    return name, condition.partition('"')[2].rstrip('"'), sub


def _put_element(body: dict[str, Any], path: str, value: Any) -> None:
    name, kind, sub = split_path(path)
    elements = body.setdefault(name, [])
    element = next((item for item in elements if item["type"] == kind), None)
    if element is None:
        # Work mails and phones are primary in Entra's samples, addresses never are (3.2).
        element = {"primary": kind == "work" and name != "addresses", "type": kind}
        elements.append(element)
    element[sub] = value


def _operations(changes: list[AttributeChange], dialect: Dialect) -> list[dict[str, Any]]:
    if dialect is Dialect.DEFAULT:
        return [
            {"op": "Replace" if change.exists else "Add", "path": change.path, "value": _text(change.value)}
            for change in changes
        ]
    with_path = [change for change in changes if "[" in change.path or change.path == "active"]
    operations: list[dict[str, Any]] = [
        {"op": "replace" if change.exists else "add", "path": change.path, "value": change.value}
        for change in with_path
    ]
    for op, exists in (("add", False), ("replace", True)):
        flat = {c.path: c.value for c in changes if c not in with_path and c.exists == exists}
        if flat:
            operations.append({"op": op, "value": flat})
    return operations


def _text(value: Any) -> Any:
    """Booleans are text in the default dialect's PATCH (COMPAT)."""
    return str(value) if isinstance(value, bool) else value


def _op(op: str, dialect: Dialect) -> str:
    return op if dialect is Dialect.DEFAULT else op.lower()


def _patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"schemas": [PATCH_URN], "Operations": operations}


def _eq(attribute: str, value: str) -> str:
    """`attribute eq "value"`, form-encoded: blanks as +, quotes as %22 (1.1)."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return quote_plus(f'{attribute} eq "{escaped}"')
