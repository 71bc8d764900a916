"""Scope: which objects are provisioned, and why others are not (docs/notes/entra.md 4.1, 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

from simulator.directory.directory import Directory, DirectoryUser
from simulator.mapping.scoping_filter import ScopingFilter

EVERYTHING = ScopingFilter()
_GUEST = regex.compile(r"(?P<alias>.+)_(?P<domain>[^_@#]+)#EXT#@.+", regex.I)


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of an object: enabled in the directory, assigned to the application, and passing the scoping filters."""

    is_active: bool
    is_assigned: bool
    passes_filters: bool
    clauses: Mapping[str, bool]

    @property
    def is_in_scope(self) -> bool:
        return self.is_active and self.is_assigned and self.passes_filters

    @property
    def is_managed(self) -> bool:
        """Whether an inactive object is still managed, which is so for blocked and soft-deleted users."""
        return self.is_assigned and self.passes_filters

    @property
    def skip_reason(self) -> str:
        """The SkipReason in the log for an object that is not in scope."""
        if not self.is_assigned or not self.is_active:
            return "NotEffectivelyEntitled"
        return "" if self.passes_filters else "NotInScope"

    def details(self, *, sync_all: bool) -> dict[str, str]:
        """The details of the scoping step in the provisioning log."""
        shown = {
            "Active in the source system": str(self.is_active),
            "Assigned to the application": str(self.is_assigned),
            "Scope sync all": str(sync_all),
            "User has the required role": str(self.is_assigned),
            "Scoping filter evaluation passed": str(self.passes_filters),
        }
        return shown | {clause: str(held) for clause, held in self.clauses.items()}


def is_assigned(directory: Directory, object_id: str) -> bool:
    """Whether an object is assigned directly or as a direct member of an assigned group. Nested groups do not count."""
    if directory.sync_all or object_id in directory.assigned:
        return True
    return any(group in directory.assigned for group in directory.groups_of(object_id))


def scope_of(
    directory: Directory, user: DirectoryUser, filters: ScopingFilter = EVERYTHING, *, whole_regex: bool = False
) -> Scope:
    """The scope of a user. Scoping filters see the same attributes as the mapping."""
    clauses, passes = {}, True
    if filters.groups:
        source = {**user.attributes, "accountEnabled": str(user.is_enabled)}
        passes = filters.holds(source, whole_regex=whole_regex)
        clauses = filters.evaluated(source, whole_regex=whole_regex)
    return Scope(user.is_enabled, is_assigned(directory, user.object_id), passes, clauses)


def group_scope_of(directory: Directory, object_id: str, filters: ScopingFilter = EVERYTHING) -> Scope:
    """The scope of a group: assigned itself and passing the scoping filters."""
    group = directory.groups.get(object_id)
    if group is None:
        return Scope(False, False, False, {})
    assigned = directory.sync_all or object_id in directory.assigned
    return Scope(True, assigned, filters.holds(group.attributes), filters.evaluated(group.attributes))


def source_of(user: DirectoryUser, scope: Scope, *, renames_deleted: bool = False) -> dict[str, Any]:
    """The user's attributes with the computed `IsSoftDeleted`, and a guest's own address as userPrincipalName (HOW).

    `renames_deleted`: a user in the recycle bin has given up its name.
    """
    source = {**user.attributes, "IsSoftDeleted": str(not scope.is_in_scope)}
    if "accountEnabled" in source:
        source["accountEnabled"] = str(source["accountEnabled"])
    name = source.get("userPrincipalName")
    if renames_deleted and user.soft_deleted_at is not None and isinstance(name, str):
        name = source["userPrincipalName"] = tombstone(user.object_id, name)
    if isinstance(name, str) and "#EXT#" in name.upper():
        source["originalUserPrincipalName"] = name
        guest = _GUEST.fullmatch(name)
        if guest:
            source["userPrincipalName"] = f"{guest['alias']}@{guest['domain']}"
    return source


def tombstone(object_id: str, user_principal_name: str) -> str:
    """The name that Entra ID gives a soft-deleted user, so that others can use its old name (onyx-dot-app/onyx#14074)."""
    return object_id.replace("-", "") + user_principal_name
