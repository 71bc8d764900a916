"""Access: what the groups of a person grant. Roles come from group mappings only, never from `roles` of a User."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GRANTS = ("roles", "sites", "boards")


def granted(
    groups: Iterable[Mapping[str, Any]], mappings: Mapping[str, Mapping[str, list[str]]] | None
) -> dict[str, list[str]]:
    """The union of what the groups grant, sorted: {"roles", "sites", "boards"}.

    `groups` are in the shape of User.groups (`value`, `display`); a mapping names a group by id or by display name.
    """
    found: dict[str, set[str]] = {name: set() for name in GRANTS}
    for group in groups if mappings else ():
        for key in (group["value"], group.get("display")):
            for name, values in (mappings or {}).get(key, {}).items() if key else ():
                found[name].update(values)
    return {name: sorted(values) for name, values in found.items()}
