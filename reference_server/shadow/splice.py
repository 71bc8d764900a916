"""Renders a stored resource by inserting the computed parts into its JSON, which is not parsed.

Walking the many small objects of a resource would cost more than everything else in a read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute
from reference_server.shadow.scope import Scope
from reference_server.storage.json_documents import KEY_AT, KEY_FIRST
from reference_server.storage.tables import Table

if TYPE_CHECKING:
    from reference_server.shadow.view import Views

RESOURCE_KEY = b'"resource":'
USUAL_END = b'\\""}}}'  # the end of the version of `meta`, which is the last attribute of the resource
KEY_SIZE = len(RESOURCE_KEY)
VERSION = b'"version":"W/\\"'

# What the resources of a response share: (attribute, direct groups) or (attribute, stored JSON) → rendered JSON. The groups
# are the same for all resources that are directly in the same ones.
Shared = dict[tuple[str, tuple[str, ...]] | tuple[bytes, bytes], bytes]


class Wanted(Protocol):
    """The part of a resource that a reader requests, such as a projection."""

    @property
    def whole(self) -> bool:
        """Whether all stored attributes are shown unchanged."""
        ...

    def wants(self, attribute: str) -> bool: ...

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]: ...


class Renderer(Protocol):
    """Renders stored records as JSON."""

    def __call__(self, stored: Sequence[bytes], shared: Shared | None = None, /) -> list[bytes]: ...


class _Reference(NamedTuple):
    """A single reference, such as the manager, and how it is found in the JSON of a resource."""

    home: bytes  # the JSON before the members of the extension with the reference; the same as `key` without one
    key: bytes  # the JSON before the value
    is_only: bool  # whether no other attribute of the type has this name
    attribute: Attribute
    targets: tuple[str, ...]

    def find(self, body: bytes) -> int | None:
        """The start of the value, -1 if there is none, or None if only parsing can tell."""
        home = body.rfind(self.home)
        at = body.find(self.key, home) if home >= 0 else -1
        if at < 0:
            return -1
        if home == at:
            is_plain = self.is_only and body.rfind(self.key, 0, at) < 0
        else:  # no other object begins or ends in between
            between = body[home + len(self.home) : at]
            is_plain = between.find(b"{") < 0 and between.find(b"}") < 0
        return at + len(self.key) - 1 if is_plain else None


def _reference(rtype: ResourceType, urn: str | None, attribute: Attribute, targets: tuple[str, ...]) -> _Reference:
    key, home = b"%b:{" % orjson.dumps(attribute.name), b"%b:{" % orjson.dumps(urn or attribute.name)
    homes = [rtype.attributes, *(extension.attributes for extension, _ in rtype.extensions)]
    return _Reference(home, key, sum(attribute.key in held for held in homes) == 1, attribute, targets)


class Splice:
    """Inserts the computed parts into the stored JSON of a resource: for one type, connection, and selection."""

    def __init__(self, views: Views, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> None:
        self.scope, self.base_url, self.wanted = scope, base_url, wanted
        self._views, self._rtype, plan = views, rtype, views.computed[rtype.name]
        self._location = b',"location":' + orjson.dumps(f"{base_url}{rtype.endpoint}/")[:-1]
        self._references = [_reference(rtype, *held) for held in plan.references]
        self._reference_keys = [(reference.home, reference.key) for reference in self._references]
        self._relations = [relation for relation in plan.relations if wanted.wants(relation.name)]
        self._holders = [
            (name, holding, [scope.edges[relation.owner, relation.name] for relation in holding])
            for name, holding in plan.holders
            if holding and wanted.wants(name)
        ]

    def __call__(self, stored: Sequence[bytes], shared: Shared | None = None) -> list[bytes]:
        """Stored records as JSON. The resources of one response share `shared`."""
        shared = {} if shared is None else shared
        if len(stored) == 1:
            return [self._one(stored[0], shared)]
        ids = [record[KEY_AT : record.find(b'"', KEY_AT)] for record in stored]
        keys = [id_.decode("utf-8", "replace") for id_ in ids]
        holders = [(name, holding, _direct(tables, keys)) for name, holding, tables in self._holders]
        rendered: list[bytes] = []
        for number, record in enumerate(stored):
            parts = self._begun(record, ids[number], keys[number], shared)
            if parts is None:
                rendered.append(self._shown(record))
                continue
            for name, holding, direct in holders:
                groups = direct[number]
                if groups:
                    held = shared.get((name, groups))
                    if held is None:
                        shown = self._views.holders(self.scope, keys[number], holding, self.base_url)
                        held = shared[name, groups] = b"".join(_member(name, shown))
                    parts.append(held)
            parts.append(b"}")
            rendered.append(b"".join(parts))
        return rendered

    def _one(self, record: bytes, shared: Shared) -> bytes:
        """A single resource, for which preparing the loop would cost more than it saves."""
        id_ = record[KEY_AT : record.find(b'"', KEY_AT)]
        key = id_.decode("utf-8", "replace")
        parts = self._begun(record, id_, key, shared)
        if parts is None:
            return self._shown(record)
        for name, holding, _ in self._holders:
            groups = self._views.holders(self.scope, key, holding, self.base_url)
            if groups:
                parts += _member(name, groups)
        parts.append(b"}")
        return b"".join(parts)

    def _begun(self, record: bytes, id_: bytes, key: str, shared: Shared) -> list[bytes] | None:
        """The parts of the JSON up to the groups that contain the resource; None if the record is not in the usual form."""
        # The copy comes first, because it brings the record into the caches of the processor faster than a search.
        body = record[record.find(RESOURCE_KEY, KEY_AT) + KEY_SIZE : -3]
        for home, reference in self._reference_keys:
            at = body.rfind(home)  # searching forward takes three times as long
            if at >= 0 and body.find(reference, at) >= 0:
                body = self._with_references(body, shared) or b""
                break
        if not body or not record.endswith(USUAL_END) or not record.startswith(KEY_FIRST) or "\\" in key:
            return None
        parts = [body, self._location, id_, b'"}']
        for relation in self._relations:
            parts += _member(relation.name, self._views.elements(self.scope, relation, key, self.base_url))
        return parts

    def _with_references(self, body: bytes, shared: Shared) -> bytes | None:
        """Insert the computed parts of references, such as the name of a manager; None if they are not in the usual form."""
        for reference in self._references:
            begin = reference.find(body)
            if begin is None:
                return None
            if begin >= 0:
                end = body.find(b"}", begin) + 1
                held = body[begin:end]
                shown = shared.get((reference.key, held))
                if shown is None:
                    value = _only_value(held)
                    if value is None:
                        return None
                    attribute, targets = reference.attribute, reference.targets
                    shown = orjson.dumps(self._views.reference(self.scope, attribute, targets, value, self.base_url))
                    shared[reference.key, held] = shown
                body = b"%b%b%b" % (body[:begin], shown, body[end:])
        return body

    def _shown(self, stored: bytes) -> bytes:
        """A record without the usual form, which ends with meta and its version."""
        show = self._views.show(self.scope, self._rtype, orjson.loads(stored), self.base_url, self.wanted)
        return orjson.dumps(self.wanted.apply(show))


def _direct(tables: Sequence[Table], ids: Sequence[str]) -> list[tuple[str, ...]]:
    """For each resource, the groups that contain it directly."""
    owners = [edges.fields_under("value", ids, "owner") for edges in tables]
    return owners[0] if len(owners) == 1 else [tuple(chain.from_iterable(held)) for held in zip(*owners, strict=True)]


def version_of(stored: bytes) -> str:
    """The version of a stored resource, which is not parsed if it has the usual form."""
    if stored.endswith(USUAL_END):
        return f'W/"{stored[stored.rfind(VERSION) + len(VERSION) : -len(USUAL_END)].decode()}"'
    version: str = orjson.loads(stored)["resource"]["meta"]["version"]
    return version


def _only_value(json: bytes) -> str | None:
    """The value of a complex attribute that has nothing else."""
    try:
        held = orjson.loads(json)
    except orjson.JSONDecodeError:
        return None
    return held["value"] if held.keys() == {"value"} and isinstance(held["value"], str) else None


def _member(name: str, value: list[bytes]) -> list[bytes]:
    """The parts of one more member of a JSON object; none without a value."""
    return [b",%b:" % orjson.dumps(name), *value] if value else []
