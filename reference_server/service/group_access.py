"""Access: what the groups of a user grant. Roles come only from group mappings, never from `roles` of a User."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GRANTS = ("roles", "sites", "boards")


def granted(
    groups: Iterable[Mapping[str, Any]], mappings: Mapping[str, Mapping[str, list[str]]] | None
) -> dict[str, list[str]]:
    """The union of what the groups grant, sorted, with the keys "roles", "sites", and "boards".

    `groups` has the format of User.groups (`value`, `display`). A mapping refers to a group by its id or display name.
    """
    found: dict[str, set[str]] = {name: set() for name in GRANTS}
    for group in groups if mappings else ():
        for key in (group["value"], group.get("display")):
            for name, values in (mappings or {}).get(key, {}).items() if key else ():
                found[name].update(values)
    return {name: sorted(values) for name, values in found.items()}
