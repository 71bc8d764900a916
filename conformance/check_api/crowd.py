"""The crowd: about a thousand users and their groups, created once per run and shared by checks that need large data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

USERS = 1_050  # more than the usual page limits of servers: 20, 50, 100, 200, 250, 500, and 1,000
GROUPS = 105


@dataclass(frozen=True, slots=True)
class Crowd:
    """The users and groups of one run. `absent` says why there are none; `refused` is the status of the POST that failed.

    `users` are ids in the order of creation, which is also the order of the names. `group` has all users as members;
    the first user is the only member of each group in `groups`.
    """

    mark: str = ""  # all names begin with it
    users: tuple[str, ...] = ()
    group: dict[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    absent: str = ""
    refused: int = 0

    @property
    def filter(self) -> str:
        """A filter that matches all users of the crowd."""
        return f'userName sw "{self.mark}."'

    def first(self, number: int) -> tuple[tuple[str, ...], str]:
        """The first ten, hundred, or thousand users, and a filter that matches exactly these."""
        digits = "0" * (4 - len(str(number - 1)))
        return self.users[:number], f'userName sw "{self.mark}.{digits}"'


def user_name(mark: str, number: int) -> str:
    """The userName of the user with this number; sorting by name sorts by number."""
    return f"{mark}.{number:04}@check.example"


NO_CROWD = Crowd(absent="this run did not create them")
