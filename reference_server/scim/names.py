"""Resolves names in filters: attributes of a resource type, or sub-attributes of a multi-valued attribute."""

from __future__ import annotations

from collections.abc import Callable

from reference_server.scim.resource_type import Found, ResourceType
from reference_server.scim.schema import Attribute


class ResourceNames:
    """Resolves names against a resource type."""

    def __init__(self, rtype: ResourceType, others: tuple[ResourceType, ...] = ()) -> None:
        self._rtype = rtype
        self._others = others
        self.read: set[str] = set()

    def find(self, name: str) -> Found | None:
        found = self._rtype.find(name) or next(filter(None, (other.find(name) for other in self._others)), None)
        if found:
            self.read.add((found.urn or found.attribute.name).lower())
        return found

    def is_primary(self, found: Found) -> bool:
        """Whether the name is the `primary` flag of elements, which is false if it is missing (RFC 7643 section 2.4)."""
        return found.attribute.multi_valued and found.sub is not None and found.sub.key == "primary"

    def index_name(self, found: Found) -> str | None:
        urn, attribute, sub = found
        name = f"{urn}:{attribute.name}" if urn else attribute.name
        if sub is None and attribute.is_complex:
            sub = attribute.sub("value")
        name = f"{name}.{sub.name}" if sub else name
        return name if name in self._rtype.index_keys or name == "id" else None


class ElementNames:
    """Resolves names against the sub-attributes of one complex attribute."""

    def __init__(self, attribute: Attribute, index_name: Callable[[Found], str | None] = lambda found: None) -> None:
        self._attribute = attribute
        self._index_name = index_name
        self.read: set[str] = set()

    def find(self, name: str) -> Found | None:
        if not self._attribute.is_complex and name.lower() == "value":
            return Found(None, self._attribute, None)
        sub = self._attribute.sub(name)
        return Found(None, sub, None) if sub else None

    def is_primary(self, found: Found) -> bool:
        return self._attribute.multi_valued and found.attribute.key == "primary"

    def index_name(self, found: Found) -> str | None:
        return self._index_name(found)
