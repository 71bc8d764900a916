"""Scope: who is provisioned, and what "soft-deleted" means for the mapping (entra.md 4.1, 4.3)."""

from __future__ import annotations

from typing import Any

from simulator.directory.directory import Directory, DirectoryUser


def is_assigned(directory: Directory, object_id: str) -> bool:
    """Assigned directly, or an immediate member of an assigned group; nested groups are not read."""
    if directory.sync_all or object_id in directory.assigned:
        return True
    return any(group in directory.assigned for group in directory.groups_of(object_id))


def is_in_scope(directory: Directory, user: DirectoryUser) -> bool:
    """Whether the user should be active in the target: assigned, enabled, not in the recycle bin."""
    return user.is_enabled and is_assigned(directory, user.object_id)


def source_of(directory: Directory, user: DirectoryUser) -> dict[str, Any]:
    """The user's attributes with the computed `IsSoftDeleted`: true when unassigned, blocked or in the recycle bin."""
    return {**user.attributes, "IsSoftDeleted": str(not is_in_scope(directory, user))}
