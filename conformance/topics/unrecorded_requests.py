"""Requests that no report may keep, because their URL or their answer's cookies could hold the token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import urllib3

from conformance.check_api.session import Session
from conformance.requirements.verdict import Undecided


@dataclass(frozen=True, slots=True)
class Bare:
    """An answer with nothing redacted; never part of an event."""

    status: int
    headers: Mapping[str, list[str]] = field(repr=False)
    body: bytes = field(repr=False)

    def all(self, name: str) -> str:
        return ", ".join(self.headers.get(name, []))


def get_unrecorded(scim: Session, path: str, headers: Mapping[str, str], **parameters: str) -> Bare:
    """A GET over the run's own connections, past its record. Raises Undecided without an answer."""
    url = f"{scim.client.base_url}{path}?{urlencode({'count': '1', **parameters})}"
    sent = {"Accept": "application/scim+json", "User-Agent": "scimulator-check", **headers}
    try:
        answer = scim.client.connections.request("GET", url, headers=sent, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise Undecided(f"no answer: {type(error).__name__}") from None  # its text holds the URL
    kept = {name.lower(): answer.headers.getlist(name) for name in answer.headers}
    return Bare(answer.status, kept, answer.data)
