"""Recognizes users and groups of the invented company in a target: what an earlier run left there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from simulator.stream.events import LeftoversEvent

# The domains of the invented company and of the tenants of a load test. No one can own a domain below .example (RFC 2606).
_USER_NAME = re.compile(r"(?P<local>[^@\s]+)@(contoso|tenant-\d+)\.example", re.IGNORECASE)
_GROUP_NAME = re.compile(r"Everybody|Department .+|Site .+|Project \d{3,}")
MOST_NAMES = 3
Resource = Mapping[str, Any]


@dataclass(slots=True)
class Leftovers:
    """What is recognized: groups and users with their names by path."""

    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    by_entra: int = 0  # users whose externalId is the one that Entra's default mapping sends

    @property
    def paths(self) -> list[str]:
        """Groups first, as they name users."""
        return [*self.groups, *self.users]

    def event(self) -> LeftoversEvent:
        """The event of a run that found them before its first request."""
        return {
            "event": "leftovers",
            "users": len(self.users),
            "groups": len(self.groups),
            "by_entra": self.by_entra,
            "names": [*self.users.values(), *self.groups.values()][:MOST_NAMES],
        }


def recognize(users: Iterable[Resource], groups: Iterable[Resource]) -> Leftovers:
    """The invented people by the domain of their user names, and the groups that hold no one else.

    A group is recognized if it has a name of the company or an id of the directory (a UUID of version 5), if all of its
    members are recognized, and if it has a member or such an id.
    """
    found = Leftovers()
    ids: set[str] = set()
    for user in users:
        name = str(user.get("userName"))
        if match := _USER_NAME.fullmatch(name.strip()):
            ids.add(str(user.get("id")))
            found.users[_path("/Users", user)] = name
            found.by_entra += str(user.get("externalId")).casefold() == match["local"].casefold()
    waiting = list(groups)
    while recognized := [group for group in waiting if _is_of_the_company(group, ids)]:
        ids |= {str(group.get("id")) for group in recognized}  # so that the groups that hold these are looked at again
        found.groups |= {_path("/Groups", group): str(group.get("displayName")) for group in recognized}
        waiting = [group for group in waiting if str(group.get("id")) not in ids]
    return found


def _is_of_the_company(group: Resource, ids: set[str]) -> bool:
    listed = group.get("members")
    members = [str(m.get("value")) for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
    has_id = _is_directory_id(group.get("externalId"))
    has_name = _GROUP_NAME.fullmatch(str(group.get("displayName"))) is not None
    return (has_id or has_name) and (has_id or bool(members)) and ids.issuperset(members)


def _path(endpoint: str, resource: Resource) -> str:
    return f"{endpoint}/{quote(str(resource.get('id')), safe='')}"


def _is_directory_id(value: Any) -> bool:
    try:
        return uuid.UUID(str(value)).version == 5
    except ValueError:
        return False
