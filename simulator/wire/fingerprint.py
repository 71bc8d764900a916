"""Fingerprint: one hash over a run's requests, the ids that the target made replaced by the directory's."""

from __future__ import annotations

import hashlib
from typing import Any

import regex

from simulator.wire.exchange import Exchange

_PARTS = regex.compile(r'[^/"? ]+')
_TELLS_AN_ID = frozenset({"create user", "create group", "match user", "match group"})


class Fingerprint:
    """The same for the same seed and the same answers, whatever ids the target gives and however many lanes there are."""

    def __init__(self, base_url: str) -> None:
        self._skip = len(base_url.rstrip("/"))
        self._hash = hashlib.sha256()
        self._owners: dict[str, str] = {}

    def add(self, exchange: Exchange) -> None:
        """Fold in one request, in the order of turns."""
        text = f"{exchange.method} {exchange.url[self._skip :]} {(exchange.request_body or b'').decode()}"
        owners = self._owners
        for part in _PARTS.findall(text):
            if part in owners:
                text = text.replace(part, owners[part])
        self._hash.update(text.encode())
        cause = exchange.cause
        owner = cause.get("person") or cause.get("group")
        if owner and cause.get("operation") in _TELLS_AN_ID:
            self._learn(exchange.response_json(), owner)

    def owner(self, target_id: str) -> str | None:
        """The directory's object id behind a target id, if it was seen."""
        return self._owners.get(target_id)

    def hexdigest(self) -> str:
        """Sixteen characters, enough to compare two runs."""
        return self._hash.hexdigest()[:16]

    def _learn(self, body: Any, owner: str) -> None:
        if not isinstance(body, dict):
            return
        listed = body.get("Resources")
        for resource in [body, *(listed if isinstance(listed, list) else ())]:
            if isinstance(resource, dict) and isinstance(resource.get("id"), str) and resource["id"]:
                self._owners[resource["id"]] = owner
