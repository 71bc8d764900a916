"""What the target says of itself: its discovery documents, read once, asked by every check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.client import Answer, Client, NoAnswer
from conformance.verdict import NotOffered

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(slots=True)
class Target:
    """Discovery of one target; what it does not tell is an empty document."""

    config: dict[str, Any] = field(default_factory=dict)
    resource_types: list[dict[str, Any]] = field(default_factory=list)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)

    def offers(self, feature: str) -> bool:
        """Whether ServiceProviderConfig says `supported: true` of a feature."""
        held = self.config.get(feature)
        return isinstance(held, dict) and held.get("supported") is True

    def need(self, feature: str) -> None:
        """Raise NotOffered unless the feature is advertised; without a configuration, PATCH and filters are assumed."""
        if not self.offers(feature) and (self.config or feature not in ("patch", "filter")):
            raise NotOffered(feature)

    def need_type(self, name: str) -> str:
        """The endpoint of a resource type; raises NotOffered when the target has none of that name."""
        for rtype in self.resource_types:
            if rtype.get("name") == name and isinstance(rtype.get("endpoint"), str):
                return "/" + str(rtype["endpoint"]).strip("/")
        if not self.resource_types and name in ("User", "Group"):
            return f"/{name}s"
        raise NotOffered(f"resource type {name}")

    def need_attribute(self, urn: str, path: str) -> dict[str, Any]:
        """The definition of an attribute (`name.givenName`); raises NotOffered when the schema lacks it."""
        schema = self.schemas.get(urn)
        if schema is None:
            if not self.schemas and urn in (USER_URN, GROUP_URN):
                return {}
            raise NotOffered(urn)
        attributes, found = schema.get("attributes", []), None
        for part in path.split("."):
            found = next((a for a in attributes if str(a.get("name", "")).lower() == part.lower()), None)
            if found is None:
                raise NotOffered(f"{urn}:{path}")
            attributes = found.get("subAttributes") or []
        assert found is not None
        return dict(found)


def discover(client: Client) -> Target:
    """Read the three discovery endpoints; a missing or broken one leaves its part empty."""
    config = _get(client, "/ServiceProviderConfig")
    types = _resources(_get(client, "/ResourceTypes"))
    schemas = _resources(_get(client, "/Schemas"))
    return Target(
        config.json if config is not None and isinstance(config.json, dict) else {},
        types,
        {str(schema.get("id")): schema for schema in schemas},
    )


def _get(client: Client, path: str) -> Answer | None:
    try:
        answer = client.send("GET", path)
    except NoAnswer:
        return None
    return answer if answer.status == 200 else None


def _resources(answer: Answer | None) -> list[dict[str, Any]]:
    body = answer.json if answer is not None else None
    listed = body.get("Resources") if isinstance(body, dict) else body
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
