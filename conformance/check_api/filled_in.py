"""Values that a session adds because the target requires them; a PUT repeats the immutable ones as they are stored."""

from __future__ import annotations

from typing import Any

from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import Attribute, Target

Json = dict[str, Any]


class FilledIn:
    """The required values that one check has sent, and the resources that the target created from them."""

    def __init__(self, target: Target, base_url: str) -> None:
        self._target = target
        self._base_url = base_url
        self._values: dict[tuple[str, str], list[Any]] = {}  # (schema, attribute) → values that bodies contained
        self._resources: dict[str, Json] = {}

    def remembered(self, type_name: str, body: Json) -> Json:
        """The same body, after its immutable values were remembered."""
        for attribute in self._immutable_of(type_name):
            home = body if attribute.is_core else body.get(attribute.schema)
            if isinstance(home, dict) and attribute.name in home:
                self._values.setdefault((attribute.schema, attribute.name), []).append(home[attribute.name])
        return body

    def learn(self, url: str, resource: Json) -> None:
        """Remember a resource as the target returned it on creation."""
        self._resources[url] = resource

    def member(self, definition: Json, element: Json) -> Json:
        """The member with its required `$ref`, `type`, and `display`, if this check created the resource it refers to."""
        url, resource = next(
            ((url, held) for url, held in self._resources.items() if held.get("id") == element.get("value")), ("", {})
        )
        parts = definition.get("subAttributes") or ()
        needed = {str(part.get("name")) for part in parts if isinstance(part, dict) and part.get("required") is True}
        known = {
            "$ref": (resource.get("meta") or {}).get("location") or url,
            "type": (resource.get("meta") or {}).get("resourceType"),
            "display": resource.get("displayName") or resource.get("userName"),
        }
        return {**{name: value for name, value in known.items() if name in needed and value}, **element}

    def as_stored(self, path: str, body: Any) -> Any:
        """The body of a PUT, in which each immutable value that the session added is replaced by the stored one."""
        url = path if path.startswith("http") else self._base_url + path
        stored = self._resources.get(url)
        if stored is None or not isinstance(body, dict):
            return body
        for attribute in self._immutable_of(self._type_at(url)):
            key = attribute.schema
            home, was = (body, stored) if attribute.is_core else (body.get(key), stored.get(key) or {})
            others = [held.get(attribute.name) for place, held in self._resources.items() if place != url]
            known = [one for one in self._values.get((key, attribute.name), ()) if one not in others]
            if isinstance(home, dict) and attribute.name in was and home.get(attribute.name) in known:
                changed = {**home, attribute.name: was[attribute.name]}
                body = changed if attribute.is_core else {**body, key: changed}
        return body

    def _type_at(self, url: str) -> str:
        """The resource type, found by the endpoint, because some servers return no meta.resourceType."""
        places = {name: self._endpoint_of(name) for name in self._target.type_names()}
        return next((name for name, place in places.items() if place and url.startswith(f"{place}/")), "")

    def _endpoint_of(self, type_name: str) -> str:
        try:
            return self._base_url + self._target.need_type(type_name)
        except NotOffered:
            return ""

    def _immutable_of(self, type_name: str) -> tuple[Attribute, ...]:
        try:
            self._target.need_type(type_name)
        except NotOffered:
            return ()
        return self._target.immutable(type_name)
