"""Renders a stored resource by inserting the computed parts into its JSON, which is not parsed.

Walking the many small objects of a resource would cost more than everything else in a read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from reference_server.scim.resource_type import ResourceType
from reference_server.shadow.references import Relation
from reference_server.shadow.scope import Scope
from reference_server.storage.json_documents import key_of

if TYPE_CHECKING:
    from reference_server.shadow.view import Views

RESOURCE_KEY = b'"resource":'
USUAL_END = b'\\""}}}'  # the end of the version of `meta`, which is the last attribute of the resource
KEY_SIZE = len(RESOURCE_KEY)
VERSION = b'"version":"W/\\"'


Groups = dict[tuple[str, ...], bytes]  # attribute and direct groups → the rendered attribute


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

    def __call__(self, stored: Sequence[bytes], groups: Groups | None = None, /) -> list[bytes]: ...


class Splice:
    """Inserts the computed parts into the stored JSON of a resource: for one type, connection, and selection."""

    def __init__(self, views: Views, scope: Scope, rtype: ResourceType, base_url: str, wanted: Wanted) -> None:
        self.scope, self.base_url, self.wanted = scope, base_url, wanted
        self._views, self._rtype, plan = views, rtype, views.computed[rtype.name]
        self._location = b',"location":' + orjson.dumps(f"{base_url}{rtype.endpoint}/")[:-1]
        homes = [rtype.attributes, *(extension.attributes for extension, _ in rtype.extensions)]
        self._references = [
            # the JSON before the value, whether only this attribute has this name, …
            (
                b"%b:{" % orjson.dumps(attribute.name),
                sum(attribute.key in home for home in homes) == 1,
                attribute,
                targets,
            )
            for _, attribute, targets in plan.references
        ]
        self._relations = [relation for relation in plan.relations if wanted.wants(relation.name)]
        self._holders = [
            (name, holding, [scope.edges[relation.owner, relation.name] for relation in holding])
            for name, holding in plan.holders
            if wanted.wants(name)
        ]

    def __call__(self, stored: Sequence[bytes], groups: Groups | None = None) -> list[bytes]:
        """Stored records as JSON. Resources that are rendered together share `groups`.

        One loop over many records, because a page has 100 of them and a call for each would cost as much as its work.
        """
        location, holders = self._location, self._holders
        rendered: list[bytes] = []
        for record in stored:
            body = self._with_references(record[record.find(RESOURCE_KEY) + KEY_SIZE : -3])
            if body is None or not record.endswith(USUAL_END):
                rendered.append(self._shown(record))
                continue
            id_ = key_of(record)
            parts = [body, location, id_.encode(), b'"}']
            for relation in self._relations:
                elements = self._views.elements(self.scope, relation, id_, self.base_url)
                if elements:
                    parts.append(_member(relation.name, elements))
            for name, holding, tables in holders:
                direct = [edge["owner"] for edges in tables for edge in edges.find("value", id_)]
                if direct:
                    parts.append(self._holders_of(id_, name, holding, direct, groups))
            parts.append(b"}")
            rendered.append(b"".join(parts))
        return rendered

    def _with_references(self, body: bytes) -> bytes | None:
        """Insert the computed parts of references, such as the name of a manager; None if they are not in the usual form."""
        for key, is_only, attribute, targets in self._references:
            at = body.rfind(key)  # searching forward takes three times as long
            if at >= 0:
                begin, end = at + len(key) - 1, body.find(b"}", at) + 1
                value = _only_value(body[begin:end]) if is_only and body.rfind(key, 0, at) < 0 else None
                if value is None:
                    return None
                shown = self._views.reference(self.scope, attribute, targets, value, self.base_url)
                body = b"%b%b%b" % (body[:begin], orjson.dumps(shown), body[end:])
        return body

    def _shown(self, stored: bytes) -> bytes:
        """A record without the usual form, which ends with meta and its version."""
        show = self._views.show(self.scope, self._rtype, orjson.loads(stored), self.base_url, self.wanted)
        return orjson.dumps(self.wanted.apply(show))

    def _holders_of(
        self, id_: str, name: str, holding: tuple[Relation, ...], direct: list[str], groups: Groups | None
    ) -> bytes:
        """The groups that contain a resource. They are the same for all resources that are directly in the same ones."""
        held = None if groups is None else groups.get((name, *direct))
        if held is None:
            held = _member(name, self._views.holders(self.scope, self._rtype, id_, holding, self.base_url))
            if groups is not None:
                groups[name, *direct] = held
        return held


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


def _member(name: str, value: Any) -> bytes:
    """A JSON object with one more member."""
    return b",%b:%b" % (orjson.dumps(name), orjson.dumps(value))
