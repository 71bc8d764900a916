"""How the provisioning service behaves: every knob with its default, its other values and its reason (docs/notes/entra.md 12).

A scenario's `provider` section and `--knob name=value` set them. Where public material is silent or split, the
default is what the captures show most often.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from simulator.entra.requests import Dialect, WireShape
from simulator.provisioning.settings import JobSettings


class OutOfScope(StrEnum):
    """What is sent for a user who is no longer in scope: an update to inactive, or DELETE as some gallery apps get."""

    DISABLE = "disable"
    DELETE = "delete"


class EntraSettings(BaseModel):
    """One job's settings; the field names are the knobs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # what an administrator sets
    sync_all: bool = Field(default=False, description="sync all users and groups instead of the assigned ones (HOW)")
    provision_groups: bool = Field(default=True, description="the group mapping is enabled (CUST)")
    skip_out_of_scope_deletions: bool = Field(default=False, description="leave who left scope alone (SKIP)")
    deletion_threshold: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="hold back a cycle that disables or deletes more objects than this (DEL)"
    )
    out_of_scope: OutOfScope = Field(
        default=OutOfScope.DISABLE, description="delete: as gallery apps without soft delete (HOW)"
    )

    # what goes over the wire
    dialect: Dialect = Field(default=Dialect.DEFAULT, description="PATCH dialect (COMPAT)")
    append_flag_to_requests: bool = Field(
        default=True, description="carry the flag of the tenant URL to every request (1.2)"
    )
    booleans: Literal["text", "real"] = Field(default="text", description="booleans in the default dialect's PATCH (3)")
    members_ref_null: bool = Field(
        default=False, description='"$ref": null beside a member\'s value, as in the tutorial (3)'
    )
    members_per_patch: Annotated[int, Field(ge=1, le=1000)] = Field(default=1, description="members in one PATCH (3.7)")
    manager_shape: Literal["bare", "value_path", "object", "list"] = Field(
        default="bare", description="manager's value (3.6)"
    )
    manager_removal: Literal["by_dialect", "remove", "replace_empty"] = Field(default="by_dialect", description="(3.6)")
    group_create_members: Literal["absent", "empty"] = Field(
        default="absent", description='"members": [] in POST (3.7)'
    )
    group_extra_schema: bool = Field(default=False, description="the old group URI beside the core one (3.7)")
    add_vs_replace: Literal["by_read", "replace", "add"] = Field(default="by_read", description="op of a set (3.3)")

    # how it proceeds
    probe_count: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1, description="user look-ups at an activity's start (1.1)"
    )
    read_before_update: Literal["get", "filter", "none"] = Field(
        default="get", description="how a linked object is read (3.1)"
    )
    reference_probe: bool = Field(default=False, description="ask `id eq … and manager eq …` before a reference (3.1)")
    purge_between_cycles: Literal["delete", "nothing"] = Field(
        default="delete", description="deleted and purged at once (3.4)"
    )
    on_404: Literal["rematch", "fail"] = Field(default="rematch", description="a linked object is gone (6.4)")
    wrong_match: Literal["trust", "refuse"] = Field(
        default="trust", description="the match has another value than asked for (I)"
    )
    special_characters: Literal["fail", "encode"] = Field(
        default="fail", description="in matching values; encode: look them up all the same (KNOWN)"
    )
    regex_scope: Literal["unanchored", "whole"] = Field(
        default="unanchored", description="REGEX MATCH in filters (4.2)"
    )
    switch_forgets: bool = Field(
        default=False, description="Switch clears the target when its source did not change (FUNC)"
    )
    iif_needs_values: bool = Field(default=True, description="IIF fails on an attribute without value (FUNC)")

    # failures
    retry_from: Literal["latest_attempt", "first_failure"] = Field(
        default="latest_attempt", description="escrow delays (6.2)"
    )
    transient_retry: Literal["next_cycle", "escrow"] = Field(default="next_cycle", description="5xx, time-outs (LOGS)")
    honor_retry_after: bool = Field(default=False, description="wait as a 429 asks, then try once more (6.3)")
    quarantine_backoff: Literal["gradual", "doubling", "daily"] = Field(
        default="gradual",
        description="from one interval (QUAR) or, doubling, from 5 min (GRAPH sample), doubled to 24 h; daily: 24 h",
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(default=100.0, description="for an answer (1.4)")

    # speed
    cycle_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(default=40, description="from start to start (2.1)")
    lanes: Annotated[int, Field(ge=1, le=100)] = Field(default=4, description="objects worked on at once (2.6)")
    pace: Literal["target", "entra"] = Field(
        default="target", description="entra: 0.045 virtual minutes an object (WHEN)"
    )

    # groups, matching, soft delete
    members_shown: Literal["replace", "fail"] = Field(
        default="replace",
        description="members come although they were excluded: the next member is written with Replace "
        "(grokability/snipe-it#19096, Infisical/infisical#6525), or the group fails (LOGS)",
    )
    group_lanes: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="member changes of one group at once (Captain-P-Goldfish/SCIM-SDK#646)"
    )
    several_matches: Literal["multiple_entries", "duplicate_entries"] = Field(
        default="multiple_entries",
        description="error code when a filter finds several (FusionAuth/fusionauth-issues#3111; LOGS has both)",
    )
    soft_delete_renames: bool = Field(
        default=True,
        description="a user in the recycle bin is renamed to its object id and name, and back on restore "
        "(onyx-dot-app/onyx#14074)",
    )

    # headers
    accept_header: Literal["absent", "scim"] = Field(
        default="absent", description="Entra sends no Accept (azure-docs#94189); scim: application/scim+json"
    )
    adscimversion_header: Literal["5.0", "absent"] = Field(
        default="5.0",
        description="ADSCIMVersion, as captured in 2019 (azure-docs#21660); newer captures do not show it",
    )
    content_type_charset: bool = Field(
        default=True, description="; charset=utf-8 in Content-Type (azure-docs#12728); the tutorial has none (SCIM)"
    )

    # bodies
    active_with_others: Literal["object", "own_operation"] = Field(
        default="object",
        description="aadOptscim062020: active among other changes (COMPAT gathers all without a filter)",
    )
    single_change: Literal["path", "object"] = Field(
        default="path",
        description="aadOptscim062020: one change alone (COMPAT); object: as scimvalidator sends it (VAL)",
    )
    roles_in_post: Literal["empty", "absent"] = Field(
        default="empty", description='"roles": [] of a user without roles (SCIM, Create User)'
    )
    role_name: Literal["displayName", "display"] = Field(
        default="displayName", description="AppRoleAssignmentsComplex: key of the role's name (CUST); display: RFC 7643"
    )
    single_role_patch: Literal["json_string", "path"] = Field(
        default="json_string", description="SingleAppRoleAssignment in the default dialect's PATCH (CUST)"
    )
    multivalued_patch: Literal["value_objects", "plain"] = Field(
        default="value_objects",
        description="Add of objects with a value (Microsoft Q&A 1693075); plain: Replace the list",
    )
    several_changes: Literal["object", "verbose"] = Field(
        default="object",
        description="aadOptscim062020: several changes share an object (COMPAT); verbose: an operation for each, as "
        "connectors of the gallery can (VAL, REF-SET)",
    )
    custom_names_at_creation: Literal["next_cycle", "same_request"] = Field(
        default="next_cycle", description="custom names that do not follow the URN pattern of CUST (Immuta)"
    )

    # the source
    duplicate_source: Literal["fail", "link"] = Field(
        default="fail",
        description="two users share a matching value: DuplicateSourceEntries (LOGS), or both are linked to one (KNOWN)",
    )
    replication_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        default=0, description="until a change in the directory is seen (POD: up to a few)"
    )
    dynamic_group_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        default=0, description="until department, site, and company groups follow a change of a user (HOW)"
    )
    on_demand_restored: Literal["match", "link"] = Field(
        default="match", description="a soft-deleted user who was restored is matched again on demand (POD), or updated"
    )

    # log
    bad_request_code: Literal["ServiceIncompatible", "BadRequest"] = Field(
        default="ServiceIncompatible",
        description="error code of a 400 (sentry#84941); BadRequest in 2019 (1Password/scim-examples#82)",
    )

    @classmethod
    def described(cls) -> Iterator[tuple[str, str, str, str]]:
        """(knob, its default, what else it takes, its reason) of every knob, in order."""
        for name, field in cls.model_fields.items():
            default = field.default.value if isinstance(field.default, StrEnum) else field.default
            yield name, _shown(default), _values(field.annotation), field.description or ""

    def of_job(self) -> JobSettings:
        """What of the settings the engine itself reads."""
        return JobSettings(**{field.name: getattr(self, field.name) for field in fields(JobSettings)})

    def shape(self, *, on_demand: bool = False) -> WireShape:
        """What of the settings is seen in requests; on-demand provisioning ignores the flag (COMPAT)."""
        museum = self.dialect is Dialect.CUSTOMAPPSSO
        return WireShape(
            dialect=Dialect.DEFAULT if on_demand and not museum else self.dialect,
            real_booleans=self.booleans == "real",
            members_ref_null=self.members_ref_null,
            manager_shape=self.manager_shape,
            manager_removal=self.manager_removal,
            group_members_empty=self.group_create_members == "empty",
            group_extra_schema=self.group_extra_schema,
            add_vs_replace=self.add_vs_replace,
            active_with_others=self.active_with_others,
            single_change=self.single_change,
            several_changes=self.several_changes,
            empty_roles=self.roles_in_post == "empty",
            role_name=self.role_name,
            single_role_patch=self.single_role_patch,
            multivalued_patch=self.multivalued_patch,
        )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _values(annotation: Any) -> str:
    if annotation is bool:
        return "true, false"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(annotation)
    choices = [value for value in get_args(annotation) if isinstance(value, str)]
    return ", ".join(choices) or "a number"
