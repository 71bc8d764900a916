"""A provider's profile: how it uses SCIM, with one field for each behavior (profiles.json)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.mapping.target_path import ENTERPRISE_URN

_DOCUMENT: dict[str, Any] = json.loads((files(__package__) / "profiles.json").read_text("utf-8"))
PROFILES = tuple(_DOCUMENT)
UNKNOWN = {
    "google": "its update method and request bodies are not publicly documented",
    "rippling": "its request bodies are not publicly documented",
    "sailpoint": "its request bodies, except for deactivation, are not publicly documented",
    "pingone": "its request methods are not publicly documented",
}


class Profile(BaseModel):
    """The behavior of one provider. `assumed` lists the parts that are not publicly documented."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    assumed: tuple[str, ...] = ()
    # requests
    media_type: str = "application/scim+json"
    user_agent: str | None = None
    accept_charset: str | None = None
    paging: str = ""  # query parameters after a filter
    user_schemas: tuple[str, ...] = ()  # replaces the schemas of the RFC
    user_extra: dict[str, Any] = Field(default_factory=dict)  # additional attributes of a new user
    enterprise: bool = False
    # users
    probe: Literal["none", "filter", "config", "discovery", "test_objects"] = "none"
    lookup: Literal["before_create", "after_409", "never"] = "before_create"
    update: Literal["put", "patch_paths"] = "put"
    deactivate: Literal["put", "patch_path", "patch_pathless"] = "put"
    unassigned: Literal["deactivate", "delete"] = "deactivate"
    deleted: Literal["deactivate", "delete"] = "deactivate"
    keeps_link: bool = True  # after a user was unassigned
    on_404: Literal["fail", "recreate"] = "fail"
    on_409: Literal["fail", "adopt"] = "fail"
    refuses_integer_ids: bool = False
    # groups
    group_find: Literal["filter", "read_all", "after_409", "never"] = "filter"
    group_create_members: Literal["absent", "empty"] = "absent"
    group_external_id: bool = False
    members: Literal["remove_by_filter", "value_list", "put", "put_without_empty"] = "remove_by_filter"
    member_display: bool = False
    read_group_before_members: bool = False
    group_rename: Literal["path", "pathless_with_id", "whole_pathless", "put"] = "path"
    push_now: bool = False  # a forced synchronization replaces the whole member list, even with an empty one
    rename_with_members: bool = False  # every change of members also sends the name
    group_delete: Literal["delete", "never"] = "delete"
    # messages for administrators: operation → sentence with {name}, {user_name}, {app}, and {problem}
    failures: dict[str, str] = Field(default_factory=dict)
    # schedule and retries
    on_429: Literal["next_cycle", "pause"] = "next_cycle"
    permanent_4xx: bool = False
    import_page: int | None = None  # page size of a daily import of all users; None: no import
    timeout_seconds: float = 100.0
    cadence_minutes: int = 10

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request other than the token and the media type."""
        found = {"User-Agent": self.user_agent, "Accept-Charset": self.accept_charset}
        return {name: value for name, value in found.items() if value is not None}


@cache
def load_profile(idp: str) -> Profile:
    """The profile of a provider. Raises KeyError if there is none."""
    return Profile.model_validate(_DOCUMENT[idp])


@cache
def mapping_of(idp: str) -> SynchronizationSchema:
    """The provider's mapping from source attributes to target paths. It has no manager, whose format is not documented."""
    profile = load_profile(idp)
    rows = [
        ("userName", "[userPrincipalName]", 1),
        ("active", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")', 0),
        ("displayName", "[displayName]", 0),
        ("name.givenName", "[givenName]", 0),
        ("name.familyName", "[surname]", 0),
        ('emails[type eq "work"].value', "[mail]", 0),
        ("externalId", "[objectId]", 0),
        ("title", "[jobTitle]", 0),
    ]
    if profile.enterprise:
        rows += [(f"{ENTERPRISE_URN}:department", "[department]", 0)]
    user = tuple(
        AttributeMapping(
            target, parse_expression(text), priority, value_type="Boolean" if target == "active" else "String"
        )
        for target, text, priority in rows
    )
    group = [AttributeMapping("displayName", parse_expression("[displayName]"), 1)]
    if profile.group_external_id:
        group.append(AttributeMapping("externalId", parse_expression("[objectId]")))
    group.append(AttributeMapping("members", parse_expression("[members]"), value_type="Reference"))
    return SynchronizationSchema(ObjectMapping(user), ObjectMapping(tuple(group)))
