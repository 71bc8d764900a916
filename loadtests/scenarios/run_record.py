"""The record of a load test: what it did to the target, and the resulting state of the directory.

Each worker fills its own record. The records are added up, and the end state is verified against the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class Made(NamedTuple):
    """A resource that the run created: its endpoint, the number of the person or group, and the target's id."""

    endpoint: str
    number: int
    id: str

    @property
    def path(self) -> str:
        return f"{self.endpoint}/{self.id}"


@dataclass(slots=True)
class RunRecord:
    """People and groups are identified by their number in the company.

    `user_ids` and `group_ids` map numbers to the target's ids, and `made` are the resources that the run created. Changes of
    the directory since the company was created: `revisions` counts the changes of a person, `inactive` are deactivated
    people, `joined` are later joiners, and `left_groups` are the (group, person) pairs of removed members. `leaver_seconds`
    is how long each leaver stayed active after all of them had left (None: never seen inactive). `failed` counts the units
    of work that did not succeed.
    """

    user_ids: dict[int, str] = field(default_factory=dict)
    group_ids: dict[int, str] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    revisions: dict[int, int] = field(default_factory=dict)
    inactive: set[int] = field(default_factory=set)
    joined: set[int] = field(default_factory=set)
    left_groups: set[tuple[int, int]] = field(default_factory=set)
    leaver_seconds: dict[int, float | None] = field(default_factory=dict)
    failed: int = 0

    @property
    def still_active(self) -> list[int]:
        """The numbers of leavers whom the target never showed as inactive."""
        return [index for index, seconds in self.leaver_seconds.items() if seconds is None]

    def add(self, other: RunRecord) -> None:
        """Add the record of another worker or an earlier run. For numbers in both, the other's value is used."""
        self.user_ids.update(other.user_ids)
        self.group_ids.update(other.group_ids)
        self.made.extend(other.made)
        self.revisions.update(other.revisions)
        self.inactive |= other.inactive
        self.joined |= other.joined
        self.left_groups |= other.left_groups
        self.leaver_seconds.update(other.leaver_seconds)
        self.failed += other.failed

    def owned(self, owns: Callable[[int], bool]) -> RunRecord:
        """The record without ids that were only looked up, because the worker that owns them reports them."""
        return replace(
            self,
            user_ids={index: id_ for index, id_ in self.user_ids.items() if owns(index)},
            group_ids={number: id_ for number, id_ in self.group_ids.items() if owns(number)},
        )

    def to_json(self) -> dict[str, Any]:
        """All fields by name as JSON values: integer keys become strings, and sets become sorted lists."""
        return {
            "failed": self.failed,
            "made": [list(made) for made in self.made],
            "inactive": sorted(self.inactive),
            "joined": sorted(self.joined),
            "left_groups": [list(pair) for pair in sorted(self.left_groups)],
            "user_ids": _string_keys(self.user_ids),
            "group_ids": _string_keys(self.group_ids),
            "revisions": _string_keys(self.revisions),
            "leaver_seconds": _string_keys(self.leaver_seconds),
        }


def record_from_json(value: dict[str, Any]) -> RunRecord:
    """The inverse of `to_json`. `value` may have additional keys."""
    return RunRecord(
        user_ids=_number_keys(value["user_ids"]),
        group_ids=_number_keys(value["group_ids"]),
        made=[Made(*made) for made in value["made"]],
        revisions=_number_keys(value["revisions"]),
        inactive=set(value["inactive"]),
        joined=set(value["joined"]),
        left_groups={(group, person) for group, person in value["left_groups"]},
        leaver_seconds=_number_keys(value["leaver_seconds"]),
        failed=value["failed"],
    )


def _string_keys(values: dict[int, Any]) -> dict[str, Any]:
    return {str(number): value for number, value in values.items()}


def _number_keys(values: dict[str, Any]) -> dict[int, Any]:
    return {int(number): value for number, value in values.items()}
