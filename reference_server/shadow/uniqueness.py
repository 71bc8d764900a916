"""Uniqueness within a connection: a value of another resource is rejected with 409 (RFC 7644 section 3.3)."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any

from reference_server.scim.errors import Uniqueness
from reference_server.scim.resource_type import ResourceType
from reference_server.storage.tables import Table
from reference_server.turns import count


def check_unique(
    table: Table, rtype: ResourceType, id_: str, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    """Raise Uniqueness if a resource other than `id_` has a unique value of `after`, such as its userName.

    Values that the resource had `before` are not checked again. The indexes respect the attribute's `caseExact`.
    """
    for name in rtype.unique:
        if before is not None and name in after and after[name] is before.get(name):
            continue  # the usual PATCH does not touch it
        keys_of = rtype.index_keys[name]
        own: Collection[Hashable] = () if before is None else keys_of(before)
        keys = keys_of(after)
        if len(keys) > 1:
            own = frozenset(own)
            count(len(keys))
        for key in keys:
            others = table.find(name, key) if key not in own else ()
            if others and any(other["id"] != id_ for other in others):
                raise Uniqueness(f"{name} is already used by another {rtype.name} of this connection")
