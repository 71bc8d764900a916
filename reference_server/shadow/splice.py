"""Renders a stored resource by inserting the computed parts into its JSON, which is not parsed.

Walking the many small objects of a resource would cost more than everything else in a read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import orjson

from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute
from reference_server.shadow.references import Computed
from reference_server.shadow.scope import Scope
from reference_server.storage.json_documents import KEY_AT, KEY_FIRST
from reference_server.storage.tables import Table

if TYPE_CHECKING:
    from reference_server.shadow.view import Views

RESOURCE_KEY = b'"resource":'
KEY_SIZE = len(RESOURCE_KEY)
BACKSLASH = ord("\\")  # bytes are searched faster for a number
USUAL_END = b'\\""}}}'  # the end of the version of `meta`, which is the last attribute of the resource
ID_END = KEY_AT + 36  # of a UUID, which is what the server assigns

# A place is one number: the beginning of the resource in its record plus SHIFT times the beginning of its reference, or 0
# without a reference.
SHIFT = 256
ODD = 1  # not in the usual form, so it must be parsed
MOST = 2**32  # a place is kept in 32 bits
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
    """Renders stored records as JSON, separated by commas; `places` are theirs. A whole response has one `shared`."""

    def __call__(self, stored: Sequence[bytes], places: Sequence[int], shared: Shared | None = None, /) -> bytes: ...


class _Reference(NamedTuple):
    """A single reference, such as the manager, and how it is found in the JSON of a resource."""

    home: bytes  # the JSON before the members of the extension with the reference; the same as `key` without one
    key: bytes  # the JSON before the value
    is_only: bool  # whether no other attribute of the type has this name
    attribute: Attribute
    targets: tuple[str, ...]

    def find(self, record: bytes, begin: int) -> int | None:
        """The start of the value in a resource that begins there, 0 if there is none, or None if only parsing can tell."""
        home = record.rfind(self.home, begin)
        at = record.find(self.key, home) if home >= 0 else -1
        if at < 0:
            return 0
        if home == at:
            is_plain = self.is_only and record.rfind(self.key, begin, at) < 0
        else:  # no other object begins or ends in between
            between = record[home + len(self.home) : at]
            is_plain = between.find(b"{") < 0 and between.find(b"}") < 0
        return at + len(self.key) - 1 if is_plain else None


class Places:
    """Finds the place (see SHIFT) of stored records of one type. The same record always has the same place."""

    def __init__(self, plan: Computed) -> None:
        self.references = [_reference(plan.rtype, *held) for held in plan.references]
        self._keys = [(reference.home, reference.key) for reference in self.references]

    def __call__(self, record: bytes) -> int:
        begin = record.find(RESOURCE_KEY, KEY_AT) + KEY_SIZE
        if record.find(b'"', KEY_AT) != ID_END or BACKSLASH in record[KEY_AT:ID_END] or begin >= SHIFT:
            return ODD
        if not record.endswith(USUAL_END) or not record.startswith(KEY_FIRST):
            return ODD
        for home, key in self._keys:
            at = record.rfind(home)  # searching forward takes three times as long
            if at >= 0 and record.find(key, at) >= 0:
                return self._with_reference(record, begin)
        return begin

    def _with_reference(self, record: bytes, begin: int) -> int:
        found = [reference.find(record, begin) for reference in self.references]
        if not any(found) and None not in found:
            return begin
        place = begin + SHIFT * (found[0] or 0)
        return place if len(found) == 1 and found[0] and place < MOST else ODD


def _reference(rtype: ResourceType, urn: str | None, attribute: Attribute, targets: Sequence[str]) -> _Reference:
    key, home = b"%b:{" % orjson.dumps(attribute.name), b"%b:{" % orjson.dumps(urn or attribute.name)
    homes = [rtype.attributes, *(extension.attributes for extension, _ in rtype.extensions)]
    return _Reference(home, key, sum(attribute.key in held for held in homes) == 1, attribute, tuple(targets))


class Splice:
    """Inserts the computed parts into the stored JSON of a resource: for one type, connection, and selection."""

    def __init__(self, views: Views, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> None:
        self.scope, self.base_url, self.wanted = scope, base_url, wanted
        self._views, self._rtype, plan = views, rtype, views.computed[rtype.name]
        self._references = views.places[rtype.name].references
        self._location = b',"location":' + orjson.dumps(f"{base_url}{rtype.endpoint}/")[:-1]
        self._relations = [relation for relation in plan.relations if wanted.wants(relation.name)]
        self._holders = [
            (name, holding, [scope.edges[relation.owner, relation.name] for relation in holding])
            for name, holding in plan.holders
            if holding and wanted.wants(name)
        ]

    def __call__(self, stored: Sequence[bytes], places: Sequence[int], shared: Shared | None = None) -> bytes:
        """Stored records as JSON, separated by commas."""
        shared = {} if shared is None else shared
        if len(stored) == 1:
            return self._one(stored[0], places[0], shared)
        ids = list(map(_usual_id, stored))
        keys = [id_.decode("utf-8", "replace") for id_ in ids]
        parts: list[bytes] = []
        for record, place, id_, key, groups in zip(stored, places, ids, keys, self._groups(keys, shared), strict=True):
            if SHIFT > place > ODD:
                parts += (record[place:-3], self._location, id_, b'"}', groups)
            else:
                body = self._with_reference(record, place, shared)
                if body is None:
                    parts += (self._shown(record)[:-1], b"},")
                    continue
                parts += (*body, self._location, id_, b'"}', groups)
            for relation in self._relations:
                parts += _member(relation.name, self._views.elements(self.scope, relation, key, self.base_url))
            parts.append(b"},")
        if parts:
            parts[-1] = b"}"
        return b"".join(parts)

    def _one(self, record: bytes, place: int, shared: Shared) -> bytes:
        """A single resource, for which preparing the loop would cost more than it saves."""
        body = [record[place:-3]] if SHIFT > place > ODD else self._with_reference(record, place, shared)
        if body is None:
            return self._shown(record)
        id_ = record[KEY_AT:ID_END]
        parts = [*body, self._location, id_, b'"}']
        key = id_.decode()
        for relation in self._relations:
            parts += _member(relation.name, self._views.elements(self.scope, relation, key, self.base_url))
        for name, holding, _ in self._holders:
            groups = self._views.holders(self.scope, key, holding, self.base_url)
            if groups:
                parts += _member(name, groups)
        parts.append(b"}")
        return b"".join(parts)

    def _groups(self, keys: list[str], shared: Shared) -> list[bytes]:
        """For each resource, the members of its JSON that show which groups contain it."""
        groups = [b""] * len(keys)
        for name, holding, tables in self._holders:
            for number, direct in enumerate(_direct(tables, keys)):
                if direct:
                    held = shared.get((name, direct))
                    if held is None:
                        shown = self._views.holders(self.scope, keys[number], holding, self.base_url)
                        held = shared[name, direct] = b"".join(_member(name, shown))
                    groups[number] += held
        return groups

    def _with_reference(self, record: bytes, place: int, shared: Shared) -> list[bytes] | None:
        """The JSON of a resource with what is computed of its reference, such as the name of a manager.

        None if the record is not in the usual form.
        """
        at, begin = divmod(place, SHIFT)
        if not at:
            return None
        end = record.find(b"}", at) + 1
        reference, held = self._references[0], record[at:end]
        shown = shared.get((reference.key, held))
        if shown is None:
            value = _only_value(held)
            if value is None:
                return None
            attribute, targets = reference.attribute, reference.targets
            shown = orjson.dumps(self._views.reference(self.scope, attribute, targets, value, self.base_url))
            shared[reference.key, held] = shown
        return [record[begin:at], shown, record[end:-3]]

    def _shown(self, stored: bytes) -> bytes:
        """A record without the usual form, which ends with meta and its version."""
        show = self._views.show(self.scope, self._rtype, orjson.loads(stored), self.base_url, self.wanted)
        return orjson.dumps(self.wanted.apply(show))


_usual_id = itemgetter(slice(KEY_AT, ID_END))


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
