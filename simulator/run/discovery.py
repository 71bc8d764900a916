"""Reads the target's discovery endpoints before a run: does it have groups, and which attributes (RFC 7644 section 4)?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.mapping.target_path import GROUP_URN, USER_URN
from simulator.provisioning.request import Request, own, read_page
from simulator.run.outages import Sender

ABSENT = (403, 404, 405, 501)  # of GET /Groups: the endpoint does not exist, or this client may not use it
_COMMON = frozenset(
    {"id", "externalid", "meta", "schemas"}
)  # common attributes, which no schema lists (RFC 7643 section 3.1)
_SIMPLE_NAME = re.compile(r"(?P<name>[^.\[]+)(\[[^\]]*\])?(\.(?P<sub>.+))?")
Attributes = Mapping[str, frozenset[str]]  # name → names of its sub-attributes, all in lower case


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovery found.

    `no_groups` is the reason why groups are neither provisioned nor verified; `broken_groups` is the reason why groups exist
    but cannot be provisioned. Both are empty otherwise.
    """

    no_groups: str = ""
    broken_groups: str = ""
    schemas: dict[str, Attributes] = field(
        default_factory=dict
    )  # by URN in lower case; empty: the target publishes none

    @property
    def has_groups(self) -> bool:
        """Whether groups can be provisioned."""
        return not self.no_groups and not self.broken_groups

    def remarks(self, schema: SynchronizationSchema, *, groups: bool = True) -> list[str]:
        """Remarks for the user before the first cycle. `groups`: whether the run is to provision groups."""
        told = []
        if self.no_groups and groups:
            told.append(f"The target has no groups ({self.no_groups}), so only users are provisioned and verified.")
        if self.broken_groups and groups:
            told.append(f"Groups cannot be provisioned ({self.broken_groups}), so only users are, and the run fails.")
        rows = {USER_URN: [row.target for row in schema.user.rows]}
        if groups and self.has_groups and schema.group.enabled:
            rows[GROUP_URN] = [row.target for row in schema.group.rows]
        unknown = sorted({path for urn, paths in rows.items() for path in self._unknown(urn, paths)})
        if unknown:
            told.append(f"The mapping writes attributes that the target's /Schemas does not list: {', '.join(unknown)}")
        return told

    def _unknown(self, urn: str, paths: Iterable[str]) -> list[str]:
        """The target paths that no schema contains; empty if the target does not publish the resource's own schema."""
        core = self.schemas.get(urn.casefold())
        return [] if core is None else [path for path in paths if not self._is_known(core, path.casefold())]

    def _is_known(self, core: Attributes, path: str) -> bool:
        if path.startswith("urn:"):
            urn = max((urn for urn in self.schemas if path.startswith(f"{urn}:")), key=len, default=None)
            return urn is not None and _names(self.schemas[urn], path[len(urn) + 1 :])
        return _names(core, path)


async def discover(client: Sender) -> Discovered:
    """Read the target's discovery endpoints. A missing or invalid response counts as no information."""
    schemas = {}
    for resource in await _resources(client, "/Schemas"):
        if isinstance(resource.get("id"), str):
            schemas[resource["id"].casefold()] = _attributes(resource)
    types = [str(one.get("endpoint")).rstrip("/").casefold() for one in await _resources(client, "/ResourceTypes")]
    if "/users" in types and "/groups" not in types:
        return Discovered("/ResourceTypes lists no groups", schemas=schemas)
    status = (await client.send(own(read_page("/Groups", 1, 1)))).status
    answer = f"GET /Groups returned {status}"
    if status in ABSENT:
        return Discovered(answer, schemas=schemas)
    if status is not None and status >= 500:
        return Discovered(broken_groups=answer, schemas=schemas)
    return Discovered(schemas=schemas)


async def _resources(client: Sender, path: str) -> list[dict[str, Any]]:
    exchange = await client.send(own(Request("GET", path, None, "read discovery")))
    body = exchange.response_json() if exchange.status == 200 else None
    listed = body.get("Resources") if isinstance(body, dict) else body  # some servers return a bare list
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _attributes(definition: Mapping[str, Any]) -> Attributes:
    return {
        name: frozenset(_by_name(one.get("subAttributes")))
        for name, one in _by_name(definition.get("attributes")).items()
    }


def _by_name(listed: Any) -> dict[str, Mapping[str, Any]]:
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one.get("name")).casefold(): one for one in found}


def _names(attributes: Attributes, path: str) -> bool:
    """Whether a lower-case path names one of the attributes. Without listed sub-attributes, any sub-attribute is accepted."""
    parts = _SIMPLE_NAME.fullmatch(path)
    if parts is None or parts["name"] in _COMMON:
        return True
    subs = attributes.get(parts["name"])
    return subs is not None and (not subs or parts["sub"] is None or parts["sub"] in subs)
