"""The settings of Entra's provisioning service (knobs): each with its default, its values, and a description with its source.

The section `provider` of a scenario and `--knob NAME=VALUE` set them. Where public documents are silent or contradict each
other, the default is the behavior that implementers captured most often. docs/entra.md lists the documents by name.
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
    """How a user who goes out of scope is handled: set inactive, or deleted as in some gallery applications."""

    DISABLE = "disable"
    DELETE = "delete"


class EntraSettings(BaseModel):
    """The settings of one job. The field names are the names of the knobs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # settings of an administrator
    sync_all: bool = Field(
        default=False,
        description=(
            "Provision all users and groups instead of only those that are assigned to the application. Source: How "
            "provisioning works."
        ),
    )
    provision_groups: bool = Field(
        default=True, description="Provision groups as well as users. Source: Customize application attributes."
    )
    skip_out_of_scope_deletions: bool = Field(
        default=False,
        description="Leave users unchanged when they go out of scope. Source: Skip deletion of out-of-scope users.",
    )
    deletion_threshold: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description=(
            "Hold back the changes of a cycle that would disable or delete more objects than this number. Source: "
            "Accidental deletions."
        ),
    )
    out_of_scope: OutOfScope = Field(
        default=OutOfScope.DISABLE,
        description=(
            "Disable users who go out of scope, or delete them as for gallery applications without soft delete. "
            "Source: How provisioning works."
        ),
    )

    # format of requests
    dialect: Dialect = Field(
        default=Dialect.DEFAULT, description="Send PATCH requests in this dialect. Source: SCIM compatibility."
    )
    append_flag_to_requests: bool = Field(
        default=True,
        description="Add the feature flag in the query of the tenant URL to every request. Source: docs/notes/entra.md 1.2.",
    )
    booleans: Literal["text", "real"] = Field(
        default="text",
        description=(
            "Send booleans in PATCH requests of the default dialect as strings (text) or as JSON booleans (real). "
            "Source: SCIM compatibility."
        ),
    )
    members_ref_null: bool = Field(
        default=False, description='Send `"$ref": null` with the value of each member. Source: the SCIM tutorial.'
    )
    members_per_patch: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1,
        description="Add or remove up to this number of members per PATCH request. Source: docs/notes/entra.md 3.7.",
    )
    manager_shape: Literal["bare", "value_path", "object", "list"] = Field(
        default="bare",
        description=(
            "Send the manager's id in this format: as a string, with the path manager.value, as an object, or as a "
            "list. Source: docs/notes/entra.md 3.6."
        ),
    )
    manager_removal: Literal["by_dialect", "remove", "replace_empty"] = Field(
        default="by_dialect",
        description=(
            "Remove the manager as the dialect does, with Remove, or with Replace and an empty string. Source: "
            "docs/notes/entra.md 3.6."
        ),
    )
    group_create_members: Literal["absent", "empty"] = Field(
        default="absent",
        description='Omit members in the POST of a group, or send `"members": []`. Source: docs/notes/entra.md 3.7.',
    )
    group_extra_schema: bool = Field(
        default=False,
        description="Send Microsoft's old group schema URI in addition to that of RFC 7643. Source: the SCIM tutorial.",
    )
    add_vs_replace: Literal["by_read", "replace", "add"] = Field(
        default="by_read",
        description=(
            "Choose the operation that sets a value by what the last read showed, or always use Replace or Add. "
            "Source: docs/notes/entra.md 3.3."
        ),
    )

    # lookups and matching
    probe_count: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1,
        description="Look up this number of random users in each connection test. Source: docs/notes/entra.md 1.1.",
    )
    read_before_update: Literal["get", "filter", "none"] = Field(
        default="get",
        description=(
            "Read a linked object by id, by a filter, or not at all before updating it. Source: docs/notes/entra.md "
            "3.1."
        ),
    )
    reference_probe: bool = Field(
        default=False,
        description=(
            "Check with a filter such as `id eq … and manager eq …` whether a reference exists before writing it. "
            "Source: the SCIM tutorial."
        ),
    )
    purge_between_cycles: Literal["delete", "nothing"] = Field(
        default="delete",
        description=(
            "Send DELETE for a user who was deleted and purged between two cycles, or send nothing. Source: "
            "docs/notes/entra.md 3.4."
        ),
    )
    on_404: Literal["rematch", "fail"] = Field(
        default="rematch",
        description=(
            "Match an object again if its linked resource no longer exists, or report a failure. Source: "
            "docs/notes/entra.md 6.4."
        ),
    )
    wrong_match: Literal["trust", "refuse"] = Field(
        default="trust",
        description="Trust a match whose value differs from the requested one, or reject it. Microsoft does not document this.",
    )
    special_characters: Literal["fail", "encode"] = Field(
        default="fail",
        description=(
            "Report a failure for matching values with special characters, or encode them in the lookup. Source: Known "
            "issues."
        ),
    )
    regex_scope: Literal["unanchored", "whole"] = Field(
        default="unanchored",
        description=(
            "Let REGEX MATCH in scoping filters match a part of the value or require the whole value. Source: "
            "docs/notes/entra.md 4.2."
        ),
    )
    switch_forgets: bool = Field(
        default=False,
        description=(
            "Let the function Switch clear the target's value if its source attribute did not change. Source: "
            "Reference for writing expressions."
        ),
    )
    iif_needs_values: bool = Field(
        default=True,
        description="Let the function IIF fail for an attribute without a value. Source: Reference for writing expressions.",
    )

    # failures
    retry_from: Literal["latest_attempt", "first_failure"] = Field(
        default="latest_attempt",
        description=(
            "Count the retry intervals of a failed change from the latest attempt or from the first failure. Source: "
            "docs/notes/entra.md 6.2."
        ),
    )
    transient_retry: Literal["next_cycle", "escrow"] = Field(
        default="next_cycle",
        description=(
            "Retry after a 5xx response or a timeout in the next cycle, or at the increasing intervals of other "
            "failures. Source: Provisioning logs."
        ),
    )
    honor_retry_after: bool = Field(
        default=False,
        description="Wait as requested by Retry-After after a 429 response, then retry once. Microsoft does not document this.",
    )
    quarantine_backoff: Literal["gradual", "doubling", "daily"] = Field(
        default="gradual",
        description=(
            "Increase the interval of a quarantined job up to one day: from the regular interval (gradual, source: "
            "Quarantine status), from five minutes (doubling, source: a sample of Microsoft Graph), or to one day at "
            "once (daily)."
        ),
    )
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=100.0, description="Wait up to this number of seconds for a response. Source: docs/notes/entra.md 1.4."
    )

    # speed
    cycle_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=40,
        description="Start a cycle this number of minutes after the start of the previous one. Source: Microsoft Graph.",
    )
    lanes: Annotated[int, Field(ge=1, le=100)] = Field(
        default=4, description="Process this number of objects concurrently. Source: docs/notes/entra.md 2.6."
    )
    pace: Literal["target", "entra"] = Field(
        default="target",
        description=(
            "Let a request take no virtual time, or let each object take 0.045 virtual minutes as with Entra ID "
            "(entra). Source: When will provisioning finish."
        ),
    )

    # groups, matching, soft delete
    members_shown: Literal["replace", "fail"] = Field(
        default="replace",
        description=(
            "Write the next member with Replace if the target returned members that the request excluded (sources: "
            "https://github.com/grokability/snipe-it/issues/19096 and "
            "https://github.com/Infisical/infisical/pull/6525), or report a failure for the group (source: "
            "Provisioning logs)."
        ),
    )
    group_lanes: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5,
        description=(
            "Send up to this number of member changes of one group concurrently. Source: "
            "https://github.com/Captain-P-Goldfish/SCIM-SDK/issues/646."
        ),
    )
    several_matches: Literal["multiple_entries", "duplicate_entries"] = Field(
        default="multiple_entries",
        description=(
            "Report this error code if a filter finds several resources. Sources: "
            "https://github.com/FusionAuth/fusionauth-issues/issues/3111 and Provisioning logs, which lists both "
            "codes."
        ),
    )
    soft_delete_renames: bool = Field(
        default=True,
        description=(
            "Rename a soft-deleted user to its object id followed by its name, and back when it is restored. Source: "
            "https://github.com/onyx-dot-app/onyx/pull/14074."
        ),
    )

    # headers
    accept_header: Literal["absent", "scim"] = Field(
        default="absent",
        description=(
            "Send no Accept header, or application/scim+json (scim). Source: "
            "https://github.com/MicrosoftDocs/azure-docs/issues/94189."
        ),
    )
    adscimversion_header: Literal["5.0", "absent"] = Field(
        default="5.0",
        description=(
            "Send the header ADSCIMVersion, which was captured in 2019, or omit it as newer captures do. Source: "
            "https://github.com/MicrosoftDocs/azure-docs/issues/21660."
        ),
    )
    content_type_charset: bool = Field(
        default=True,
        description=(
            "Append `; charset=utf-8` to Content-Type as captured "
            "(https://github.com/MicrosoftDocs/azure-docs/issues/12728), or omit it as in the SCIM tutorial."
        ),
    )

    # bodies
    active_with_others: Literal["object", "own_operation"] = Field(
        default="object",
        description=(
            "Combine a change of active with other changes in aadOptscim062020, or send it as a separate operation. "
            "Source: SCIM compatibility."
        ),
    )
    single_change: Literal["path", "object"] = Field(
        default="path",
        description=(
            "Send a single change in aadOptscim062020 with a path (source: SCIM compatibility) or as an object without "
            "a path (object, source: SCIM Validator)."
        ),
    )
    roles_in_post: Literal["empty", "absent"] = Field(
        default="empty",
        description=(
            'Send `"roles": []` in the POST of a user without roles, or omit it. Source: the SCIM tutorial, "Create '
            'User".'
        ),
    )
    role_name: Literal["displayName", "display"] = Field(
        default="displayName",
        description=(
            "Use this key for the name of a role that the function AppRoleAssignmentsComplex creates. Sources: "
            "Customize application attributes for displayName, and RFC 7643 for display."
        ),
    )
    single_role_patch: Literal["json_string", "path"] = Field(
        default="json_string",
        description=(
            "Send a role of the function SingleAppRoleAssignment in PATCH requests of the default dialect as JSON in a "
            "string, or with a path. Source: Customize application attributes."
        ),
    )
    multivalued_patch: Literal["value_objects", "plain"] = Field(
        default="value_objects",
        description=(
            "Add the values of a multi-valued custom attribute as objects, or replace the list (plain). Source: "
            "https://learn.microsoft.com/en-us/answers/questions/1693075/."
        ),
    )
    several_changes: Literal["object", "verbose"] = Field(
        default="object",
        description="Combine several changes in one object in aadOptscim062020 (source: SCIM compatibility), or send an "
        "operation for each as connectors of the gallery can (verbose, sources: SCIM Validator, Setup of the validation "
        "template).",
    )
    custom_names_at_creation: Literal["next_cycle", "same_request"] = Field(
        default="next_cycle",
        description=(
            "Send custom attributes whose names do not follow Microsoft's URN pattern in the cycle after the creation, "
            "or with the creation. Sources: Customize application attributes, and the documentation of Immuta."
        ),
    )

    # the source directory
    duplicate_source: Literal["fail", "link"] = Field(
        default="fail",
        description="Report DuplicateSourceEntries if two users share a matching value (source: Provisioning logs), or link "
        "both to one resource (source: Known issues).",
    )
    replication_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        default=0,
        description="Notice a change in the directory this number of minutes later. Source: Provision on demand.",
    )
    dynamic_group_minutes: Annotated[int, Field(ge=0, le=10_080)] = Field(
        default=0,
        description="Update department, site, and company groups this number of minutes after a change of a user. Source: "
        "How provisioning works.",
    )
    on_demand_restored: Literal["match", "link"] = Field(
        default="match",
        description="Match a restored user again when it is provisioned on demand, or update the linked resource. Source: "
        "Provision on demand.",
    )

    # log
    bad_request_code: Literal["ServiceIncompatible", "BadRequest"] = Field(
        default="ServiceIncompatible",
        description=(
            "Report this error code for a 400 response. Sources: https://github.com/getsentry/sentry/issues/84941 for "
            "ServiceIncompatible, and https://github.com/1Password/scim-examples/issues/82 for BadRequest in 2019."
        ),
    )

    @classmethod
    def described(cls) -> Iterator[tuple[str, str, str, str]]:
        """Yields the name, default, values, and description of every knob, in order."""
        for name, field in cls.model_fields.items():
            default = field.default.value if isinstance(field.default, StrEnum) else field.default
            yield name, _shown(default), _values(field.annotation), field.description or ""

    def of_job(self) -> JobSettings:
        """The settings that the provisioning engine reads."""
        return JobSettings(**{field.name: getattr(self, field.name) for field in fields(JobSettings)})

    def shape(self, *, on_demand: bool = False) -> WireShape:
        """The settings that affect requests. Provisioning on demand ignores the feature flag (docs/notes/entra.md 7.1)."""
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
