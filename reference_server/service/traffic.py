"""Live SCIM traffic: the last requests of each connection, in memory only, shown without personal data.

A path is shown by its shape (`/Users/{id}`), a filter by its form (`userName eq ?`): both may carry people's names.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

KEPT = 200  # requests per connection
COLLECTIONS = frozenset(["ServiceProviderConfig", "ResourceTypes", "Schemas", ".search", "Bulk", "Me"])
AGENTS = (("okta scim client", "Okta"), ("google-auto-provisioning", "Google Workspace"))
COMPARED = re.compile(r'\b(eq|ne|co|sw|ew|gt|ge|lt|le)\s+("(?:[^"\\]|\\.)*"?|[^\s)\]]+)', re.IGNORECASE)
PRESENT = re.compile(r"[\w.:$-]+\s+pr\b", re.IGNORECASE)

Seen = tuple[datetime, str, str, bytes, int, bytes | None]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is shown; `path` with its parameters, by shape unless the connection shows personal data."""

    at: datetime
    method: str
    path: str
    status: int
    provider: str


class Traffic:
    """The last requests by connection id."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[Seen]] = {}

    def note(
        self, connection_id: str, at: datetime, method: str, path: str, query: bytes, status: int, agent: bytes | None
    ) -> None:
        """Remember a request; `path` below the connection. Nothing is worked out before somebody looks."""
        seen = self._seen.get(connection_id)
        if seen is None:
            seen = self._seen[connection_id] = deque(maxlen=KEPT)
        seen.append((at, method, path, query, status, agent))

    def forget(self, connection_id: str) -> None:
        self._seen.pop(connection_id, None)

    def latest(self, connection_id: str, *, personal_data: bool = False) -> list[Request]:
        """The requests kept, newest first."""
        return [
            Request(
                at,
                method,
                whole(path, query) if personal_data else shape(path, query),
                status,
                looks_like(agent),
            )
            for at, method, path, query, status, agent in reversed(self._seen.get(connection_id, ()))
        ]


def shape(path: str, query: bytes) -> str:
    """`/Users/{id}?filter=userName eq ?`: what was asked, not about whom."""
    head, *rest = path.strip("/").split("/") if path.strip("/") else [""]
    known = head if not head or head.isalnum() or head in COLLECTIONS else "{…}"
    parts = [known, *(part if part in COLLECTIONS else "{id}" for part in rest)]
    shown = []
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name.lower() == "filter":
            shown.append(f"{name}={filter_form(value)}")
        elif name.lower() in ("startindex", "count", "attributes", "excludedattributes", "sortby", "sortorder"):
            shown.append(f"{name}={value[:80]}")
        else:
            shown.append(name[:40] if name.isalnum() else "{…}")
    return "/" + "/".join(parts) + ("?" + "&".join(shown) if shown else "")


def filter_form(text: str) -> str:
    """A filter without its values: `userName eq ?`. What has no operator is not shown at all."""
    if not COMPARED.search(text) and not PRESENT.match(text):
        return "?"
    return COMPARED.sub(r"\1 ?", text)[:200]


def whole(path: str, query: bytes) -> str:
    """The path with its decoded parameters."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return "/" + path.strip("/") + ("?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else "")


def looks_like(agent: bytes | None) -> str:
    """Which identity provider a request looks like, by its User-Agent or the lack of one."""
    if agent is None:
        return "Microsoft Entra ID"  # it sends none (entra.md section 1)
    text = agent.decode("latin-1")
    for mark, name in AGENTS:
        if mark in text.lower():
            return name
    product = re.match(r"[A-Za-z0-9._-]{1,40}", text)
    return product.group() if product else "another client"
