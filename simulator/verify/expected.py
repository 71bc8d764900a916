"""The expected state of the target: the users and groups that follow from directory, mapping, and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ExpectedUser:
    """The expected state of one user: values by target path, and the manager's target id (None: no manager)."""

    object_id: str
    name: str
    values: dict[str, Any]
    manager: str | None


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """The expected state of one group: its name, values by target path, and target ids of its members.

    `possible` are the target ids that may or may not be among the members.
    """

    object_id: str
    name: str
    values: dict[str, Any]
    members: frozenset[str]
    possible: frozenset[str] = frozenset()


@dataclass(slots=True)
class ExpectedState:
    """The expected users and groups by target id.

    `unlinked` are the names of people in scope who have no user in the target. `released` users must be inactive; their
    other attributes are not compared. `foreign` are the ids of resources that existed before the run; they are ignored.
    """

    users: dict[str, ExpectedUser] = field(default_factory=dict)
    groups: dict[str, ExpectedGroup] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)
    unlinked: dict[str, str] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
