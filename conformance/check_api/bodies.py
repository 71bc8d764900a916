"""Request bodies for a check's own resources: small and valid, with everything that the target's schemas require."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

from conformance.check_api.filled_in import FilledIn
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import GROUP_URN, USER_URN, Target
from conformance.values.any_resource import any_resource, lacking_parts, required_parts, required_references


class Bodies:
    """Builds bodies whose names begin with `prefix`; `new` creates the resources that required references point to."""

    def __init__(self, target: Target, random: Random, prefix: str, base_url: str) -> None:
        self.target = target
        self.random = random
        self._prefix = prefix
        self._numbers = itertools.count(1)
        self._filled = FilledIn(target, base_url)
        self._refers = False
        self.filled: set[str] = set()  # attributes that are in bodies only because the target requires them
        self.assumed: list[str] = []  # additions to bodies that can make a check fail for no fault of the target

    def new(self, type_name: str, *, full: bool = False, **attributes: Any) -> dict[str, Any]:
        """Create a resource of a type."""
        raise NotImplementedError

    def name(self) -> str:
        """A new, unique name that contains the suite's marker."""
        return f"{self._prefix}-{next(self._numbers)}"

    def user_body(self, **attributes: Any) -> dict[str, Any]:
        """A small valid user with what the target's schemas require; raises NotOffered for an attribute they lack."""
        name = self.name()
        self._need(USER_URN, attributes)
        body: dict[str, Any] = {
            "schemas": [USER_URN],
            "userName": f"{name}@check.example",
            "name": {"givenName": "Check", "familyName": name},
        }
        if USER_URN in self.target.schemas:
            parts = {part: value for part, value in body["name"].items() if self._has(USER_URN, f"name.{part}")}
            body["name"] = self._required_parts("name", name) | parts
        if not body["name"]:
            del body["name"]
        return self._completed("User", body, name, attributes)

    def group_body(self, **attributes: Any) -> dict[str, Any]:
        name = self.name()
        self._need(GROUP_URN, attributes)
        return self._completed("Group", {"schemas": [GROUP_URN], "displayName": name}, name, attributes)

    def body(
        self, type_name: str, *, full: bool = False, extensions: tuple[str, ...] = (), **attributes: Any
    ) -> dict[str, Any]:
        """A valid body for any resource type: required attributes only, or with `full` every writable attribute.

        The body also has the attributes that `extensions` require.
        """
        if type_name in ("User", "Group") and not full:
            make = self.user_body if type_name == "User" else self.group_body
            body = make(**attributes)
            wanted = {**self._required(type_name, extensions, body)} if extensions else {}
            body.update({urn: {**wanted[urn], **body.get(urn, {})} for urn in extensions if urn in wanted})
            body["schemas"] += [urn for urn in extensions if urn in wanted and urn not in body["schemas"]]
            return body
        self.target.need_type(type_name)
        made = any_resource(
            self.target, type_name, self.random, self.name(), only_required=not full, extensions=extensions
        )
        return {
            **self._filled.remembered(type_name, self._with_references(type_name, made, attributes, extensions)),
            **attributes,
        }

    def _completed(self, type_name: str, body: dict[str, Any], name: str, attributes: dict[str, Any]) -> dict[str, Any]:
        """The body with everything else that the target's schemas require."""
        extensions = {urn: value for urn, value in attributes.items() if ":" in urn}
        self._filled.remembered(type_name, {key: value for key, value in body.items() if key not in attributes})
        required = self._required(type_name, tuple(extensions), attributes)
        self.filled.update(set(required) - {*body, *attributes})
        made = {**required, **body, **attributes}
        for urn, value in extensions.items():
            if isinstance(value, dict) and isinstance(required.get(urn), dict) and set(required[urn]) - set(value):
                made[urn] = {**required[urn], **value}
                self.assumed.append(f"{urn} is sent with additional required attributes")
        if "schemas" in attributes:
            return made
        urns = [*body["schemas"], *(urn for urn in required.get("schemas", ()) if urn not in body["schemas"])]
        return {**made, "schemas": [*urns, *(key for key in attributes if ":" in key and key not in urns)]}

    def _required(self, type_name: str, extensions: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes that the target requires of a resource with these extensions, except references in `given`."""
        made = any_resource(self.target, type_name, self.random, self.name(), only_required=True, extensions=extensions)
        return self._filled.remembered(type_name, self._with_references(type_name, made, given, extensions))

    def _with_references(
        self, type_name: str, body: dict[str, Any], given: Mapping[str, Any], extensions: tuple[str, ...]
    ) -> dict[str, Any]:
        """The body with each required reference that `given` lacks; each points to a new resource."""
        if self._refers:  # a resource that was created as the target of a reference gets no references itself
            return body
        self._refers = True
        try:
            for urn, name, value in required_references(self.target, type_name, given, self._referred, extensions):
                place = body if urn is None else body.setdefault(urn, {})
                place[name] = value
                self.assumed.append(f"{name} is required")
        finally:
            self._refers = False
        return body

    def _referred(self, type_name: str) -> dict[str, Any]:
        return self.new(type_name if type_name in self.target.type_names() else "User")

    def _need(self, urn: str, attributes: Mapping[str, Any]) -> None:
        """Raises NotOffered for an attribute that the published schemas lack; a target without schemas passes."""
        for name in attributes:
            if name in ("schemas", "id", "meta", "externalId"):
                continue
            if ":" in name:
                if (self.target.schemas and name not in self.target.schemas) or not self.target.uses(name):
                    raise NotOffered(name)
            elif urn in self.target.schemas:
                self.target.need_attribute(urn, name)
        for path in lacking_parts(self.target, urn, attributes):
            raise NotOffered(path)

    def _has(self, urn: str, name: str) -> bool:
        try:
            self.target.need_attribute(urn, name)
        except NotOffered:
            return False
        return True

    def with_required_parts(self, members: Any) -> Any:
        """The members of a new group with the sub-attributes that the target requires of each, such as `$ref`."""
        if GROUP_URN not in self.target.schemas or not isinstance(members, list):
            return members
        definition = self.target.need_attribute(GROUP_URN, "members")
        return [self._filled.member(definition, one) if isinstance(one, dict) else one for one in members]

    def _required_parts(self, attribute: str, name: str) -> dict[str, Any]:
        """The required sub-attributes of a complex attribute of users."""
        if not self._has(USER_URN, attribute):
            return {}
        return required_parts(self.target.need_attribute(USER_URN, attribute), self.random, name)
