"""Recognizes users and groups of the simulated company that an earlier run left in a target."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from simulator.stream.events import LeftoversEvent

# Domains of the simulated company, of the one that it is renamed to in scenarios, and of the tenants of a load test. No one can
# own a domain under .example (RFC 2606).
_USER_NAME = re.compile(r"(?P<local>[^@\s]+)@(contoso|fabrikam|tenant-\d+)\.example", re.IGNORECASE)
_GROUP_NAME = re.compile(r"Everybody|Department .+|Site .+|Project \d{3,}")
MOST_NAMES = 3
Resource = Mapping[str, Any]


@dataclass(slots=True)
class Leftovers:
    """The recognized groups and users: name by path."""

    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    by_entra: int = 0  # users whose externalId is the one that Entra's default mapping sends

    @property
    def paths(self) -> list[str]:
        """The paths in the order of removal: groups first, because they refer to users."""
        return [*self.groups, *self.users]

    def event(self) -> LeftoversEvent:
        """The `leftovers` event of a run that found these resources."""
        return {
            "event": "leftovers",
            "users": len(self.users),
            "groups": len(self.groups),
            "by_entra": self.by_entra,
            "names": [*self.users.values(), *self.groups.values()][:MOST_NAMES],
        }


def recognize(users: Iterable[Resource], groups: Iterable[Resource]) -> Leftovers:
    """Recognize simulated people by the domain of their user names, and groups that contain no one else.

    A group is recognized if it has the name of a company group or an externalId of the directory (a version 5 UUID), all of
    its members are recognized, and it has either a member or such an externalId.
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
        ids |= {
            str(group.get("id")) for group in recognized
        }  # the next pass can then recognize the groups that contain these
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
