"""Live SCIM traffic: the latest requests of each connection, kept in memory only and shown without personal data.

Ids and filter values can contain personal data, so they are replaced: `/Users/{id}?filter=userName eq ?`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

KEPT = 200  # requests per connection
COLLECTIONS = frozenset(["ServiceProviderConfig", "ResourceTypes", "Schemas", ".search", "Bulk", "Me"])
AGENTS = (("okta scim client", "Okta"), ("google-auto-provisioning", "Google Workspace"))
COMPARED = re.compile(r'\b(eq|ne|co|sw|ew|gt|ge|lt|le)\s+("(?:[^"\\]|\\.)*"?|[^\s)\]]+)', re.IGNORECASE)
PRESENT = re.compile(r"[\w.:$-]+\s+pr\b", re.IGNORECASE)

Seen = tuple[datetime, str, str, bytes, int, bytes | None]
Finding = dict[str, str]  # what a judge of clients says about a request; its `message` names no values but in filters
VALUES = ("expected", "got")  # members of a finding that can contain personal data


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the pages show it; values in `path` are replaced unless the connection shows personal data."""

    at: datetime
    method: str
    path: str
    status: int
    provider: str
    findings: list[Finding] | None = None  # None: not judged


class Traffic:
    """The latest requests by connection id."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[Seen]] = {}

    def note(
        self, connection_id: str, at: datetime, method: str, path: str, query: bytes, status: int, agent: bytes | None
    ) -> None:
        """Remember a request; `path` is below the connection. It is formatted only when a page shows it."""
        seen = self._seen.get(connection_id)
        if seen is None:
            seen = self._seen[connection_id] = deque(maxlen=KEPT)
        seen.append((at, method, path, query, status, agent))

    def forget(self, connection_id: str) -> None:
        self._seen.pop(connection_id, None)

    def newest(self, connection_id: str) -> Seen:
        """The request that was noted last; there must be one."""
        return self._seen[connection_id][-1]

    def latest(
        self,
        connection_id: str,
        *,
        personal_data: bool = False,
        findings_on: Callable[[Seen], list[Finding] | None] = lambda seen: None,
    ) -> list[Request]:
        """The remembered requests, newest first."""
        return [
            _shown(seen, findings_on(seen), personal_data=personal_data)
            for seen in reversed(self._seen.get(connection_id, ()))
        ]


def _shown(seen: Seen, findings: list[Finding] | None, *, personal_data: bool) -> Request:
    at, method, path, query, status, agent = seen
    if findings and not personal_data:
        findings = [
            {**finding, **dict.fromkeys(VALUES, ""), "message": COMPARED.sub(r"\1 ?", finding["message"])}
            for finding in findings
        ]
    shown = whole(path, query) if personal_data else shape(path, query)
    return Request(at, method, shown, status, looks_like(agent), findings)


def shape(path: str, query: bytes) -> str:
    """The path without personal data, such as `/Users/{id}?filter=userName eq ?`."""
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
    """A filter without its values, such as `userName eq ?`. A filter without an operator is not shown."""
    if not COMPARED.search(text) and not PRESENT.match(text):
        return "?"
    return COMPARED.sub(r"\1 ?", text)[:200]


def whole(path: str, query: bytes) -> str:
    """The path with its decoded parameters."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return "/" + path.strip("/") + ("?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else "")


def looks_like(agent: bytes | None) -> str:
    """The identity provider that a request probably comes from, based on its User-Agent or the lack of one."""
    if agent is None:
        return "Microsoft Entra ID"  # Entra sends no User-Agent
    text = agent.decode("latin-1")
    for mark, name in AGENTS:
        if mark in text.lower():
            return name
    product = re.match(r"[A-Za-z0-9._-]{1,40}", text)
    return product.group() if product else "other client"
