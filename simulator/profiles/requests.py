"""Builds the requests that a profile's provider sends for a change."""

from __future__ import annotations

from typing import Any

from simulator.mapping.target_path import ENTERPRISE_URN, GROUP_URN, USER_URN, put
from simulator.profiles.profile import Profile
from simulator.provisioning.request import Request, equals, patch, resource_path


def find_user(profile: Profile, attribute: str, value: str, operation: str = "match user") -> Request:
    return Request("GET", f"/Users?filter={equals(attribute, value)}{profile.paging}", None, operation)


def find_group(profile: Profile, name: str) -> Request:
    return Request("GET", f"/Groups?filter={equals('displayName', name)}{profile.paging}", None, "match group")


def read_page(endpoint: str, start: int, count: int) -> Request:
    return Request("GET", f"{endpoint}?startIndex={start}&count={count}", None, "import page")


def create_user(profile: Profile, values: dict[str, Any], placeholder: str) -> Request:
    extra = {name: placeholder if value == "{placeholder}" else value for name, value in profile.user_extra.items()}
    return Request("POST", "/Users", {**user_body(profile, values), **extra}, "create user")


def replace_user(profile: Profile, target_id: str, values: dict[str, Any], operation: str) -> Request:
    """Replace the whole user with PUT."""
    body = user_body(profile, values)
    place = resource_path("Users", target_id)
    return Request("PUT", place, {"schemas": body.pop("schemas"), "id": target_id, **body}, operation)


def patch_user(target_id: str, changes: dict[str, Any], operation: str) -> Request:
    """One PATCH operation with a path for each attribute; lower-case `op` and JSON booleans."""
    operations = [{"op": "replace", "path": path, "value": value} for path, value in changes.items()]
    return Request("PATCH", resource_path("Users", target_id), patch(operations), operation)


def switch_user(profile: Profile, target_id: str, values: dict[str, Any], *, active: bool) -> Request:
    """Deactivate or activate a user, in the profile's format."""
    operation = "enable user" if active else "disable user"
    if profile.deactivate == "put":
        return replace_user(profile, target_id, {**values, "active": active}, operation)
    change: dict[str, Any] = {"op": "replace", "value": {"active": active}}
    if profile.deactivate == "patch_path":
        change = {"op": "replace", "path": "active", "value": active}
    return Request("PATCH", resource_path("Users", target_id), patch([change]), operation)


def create_group(profile: Profile, values: dict[str, Any]) -> Request:
    body: dict[str, Any] = {"schemas": [GROUP_URN], **values}
    if profile.group_create_members == "empty":
        body["members"] = []
    return Request("POST", "/Groups", body, "create group")


def rename_group(profile: Profile, target_id: str, values: dict[str, Any], members: list[str]) -> Request:
    """Rename a group, in the profile's format."""
    place = resource_path("Groups", target_id)
    if profile.group_rename == "put":
        return replace_group(profile, target_id, values, members, "update group")
    change: dict[str, Any] = {"op": "replace", "path": "displayName", "value": values["displayName"]}
    if profile.group_rename == "pathless_with_id":
        change = {"op": "replace", "value": {"id": target_id, "displayName": values["displayName"]}}
    elif profile.group_rename == "whole_pathless":
        change = {"op": "replace", "value": {"schemas": [GROUP_URN], "id": target_id, **values}}
    return Request("PATCH", place, patch([change]), "update group")


def replace_group(
    profile: Profile, target_id: str, values: dict[str, Any], members: list[str], operation: str
) -> Request:
    """Replace the whole group with PUT. Some providers omit `members` when the group is empty."""
    body: dict[str, Any] = {"schemas": [GROUP_URN], "id": target_id, **values}
    if members or profile.members == "put":
        body["members"] = [{"value": member} for member in members]
    return Request("PUT", resource_path("Groups", target_id), body, operation)


def patch_members(profile: Profile, target_id: str, joining: dict[str, str], leaving: list[str]) -> Request:
    """Add and remove members in one request. `joining` maps target ids to display names."""
    operations: list[dict[str, Any]] = []
    if profile.members == "value_list":
        operations += [{"op": "add", "path": "members", "value": [{"value": id_}]} for id_ in joining]
        operations += [{"op": "remove", "path": "members", "value": [{"value": id_}]} for id_ in leaving]
    else:
        operations += [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in leaving]
        if joining:
            value = [
                {"value": id_, "display": name} if profile.member_display else {"value": id_}
                for id_, name in joining.items()
            ]
            operations.append({"op": "add", "path": "members", "value": value})
    operation = "add member" if joining else "remove member"
    return Request("PATCH", resource_path("Groups", target_id), patch(operations), operation)


def push_members(target_id: str, members: list[str]) -> Request:
    """Replace all members, possibly with an empty list."""
    change = {"op": "replace", "path": "members", "value": [{"value": member} for member in members]}
    return Request("PATCH", resource_path("Groups", target_id), patch([change]), "replace members")


def user_body(profile: Profile, values: dict[str, Any]) -> dict[str, Any]:
    """The user resource from values by target path."""
    body: dict[str, Any] = {}
    for path, value in values.items():
        put(body, path, value)
    schemas = list(profile.user_schemas) or [USER_URN, *([ENTERPRISE_URN] if ENTERPRISE_URN in body else [])]
    return {"schemas": schemas, **body}
