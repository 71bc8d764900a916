"""Announces to a store behind a network what a request will read, so that it is looked up together (see `storage.prefetch`).

The callers check `is_remote` first. A missing or wrong hint changes no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reference_server.scim.resource_type import ResourceType
from reference_server.shadow.changes import SEPARATOR
from reference_server.shadow.references import edge_key
from reference_server.shadow.scope import Scope
from reference_server.shadow.view import Views
from reference_server.storage.prefetch import expect_none_found, prefetch, prefetch_found
from reference_server.storage.tables import Table
from reference_server.turns import expect_many

MANY = 500  # members that are not read, staged, and committed within one slice of time
NAMED = re.compile(r'\[\s*value\s+eq\s+"([^"\\]+)"\s*\]', re.IGNORECASE)  # members[value eq "…"]


def announce_resource(views: Views, scope: Scope, rtype: ResourceType, id_: str) -> None:
    """A resource and the groups that contain it."""
    prefetch(scope.resources[rtype.name], (id_,))
    for edges in _holding(views, scope, rtype):
        prefetch_found(edges, "value", (id_,))


def expect_no_holders(views: Views, scope: Scope, rtype: ResourceType, id_: str) -> None:
    """No group contains a new resource."""
    for edges in _holding(views, scope, rtype):
        expect_none_found(edges, "value", id_)


def announce_unique(scope: Scope, rtype: ResourceType, resource: Any) -> None:
    """The resources that have a unique value of a new one, whose body may not be validated yet."""
    for name in rtype.unique:
        value = resource.get(name) if isinstance(resource, dict) else None
        if isinstance(value, str):
            prefetch_found(scope.resources[rtype.name], name, rtype.index_keys[name]({name: value}))


def announce_members(views: Views, scope: Scope, rtype: ResourceType, id_: str, patch: Any) -> None:
    """The members that a PATCH of a group adds or removes."""
    for relation in views.relations(rtype):
        ids, leaving = _named(patch)
        prefetch(scope.edges[relation.owner, relation.name], (edge_key(id_, named) for named in ids))
        for target in relation.targets:
            prefetch(scope.resources[target], ids)
        if leaving:
            prefetch(scope.touched, [f"{target}{SEPARATOR}{named}" for target in relation.targets for named in leaving])


def expect_many_members(patch: Any) -> None:
    """Let a PATCH with many members begin in a greenlet, where it can pause, instead of running twice."""
    operations = patch.get("Operations") if isinstance(patch, dict) else None
    if not isinstance(operations, list):
        return
    if len(operations) > MANY:
        expect_many()
    for operation in operations:
        value = operation.get("value") if isinstance(operation, dict) else None
        if isinstance(value, list) and len(value) > MANY:
            expect_many()


def _holding(views: Views, scope: Scope, rtype: ResourceType) -> Iterator[Table]:
    for _, holding in views.computed[rtype.name].holders:
        for relation in holding:
            yield scope.edges[relation.owner, relation.name]


def _named(patch: Any) -> tuple[list[str], list[str]]:
    """The ids in the paths and values of all operations, and those of operations that can remove members.

    The body is not validated yet.
    """
    ids: list[str] = []
    leaving: list[str] = []
    operations = patch.get("Operations") if isinstance(patch, dict) else None
    for operation in operations if isinstance(operations, list) else ():
        if not isinstance(operation, dict):
            continue
        path, value = operation.get("path"), operation.get("value")
        found = NAMED.findall(path) if isinstance(path, str) else []
        items = value if isinstance(value, list) else [value]
        found += [item["value"] for item in items if isinstance(item, dict) and isinstance(item.get("value"), str)]
        ids += found
        if str(operation.get("op")).lower() != "add":
            leaving += found
    return ids, leaving
