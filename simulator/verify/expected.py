"""What the target must hold: the directory's projection (directory, mapping, links → users and groups)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ExpectedUser:
    """One user: values by target path, the target id of the manager (None: must have none)."""

    object_id: str
    name: str
    values: dict[str, Any]
    manager: str | None


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """One group: its name, its values by target path and the target ids of its members."""

    object_id: str
    name: str
    values: dict[str, Any]
    members: frozenset[str]


@dataclass(slots=True)
class ExpectedState:
    """Everything by target id.

    `unlinked` are names of people in scope who are not in the target; `released` users must be inactive, whatever else
    they hold; `foreign` ids were there before and are nobody's business.
    """

    users: dict[str, ExpectedUser] = field(default_factory=dict)
    groups: dict[str, ExpectedGroup] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)
    unlinked: dict[str, str] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
