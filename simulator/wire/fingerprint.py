"""Fingerprint: a hash of all requests of a run, in which the directory's ids replace the target's ids."""

from __future__ import annotations

import hashlib
from typing import Any

from simulator.wire.exchange import Exchange

_SEPARATORS = '/"?\\'  # a backslash, too, because a filter in a JSON body has escaped quotation marks
_TELLS_AN_ID = frozenset({"create user", "create group", "match user", "match group"})


class Fingerprint:
    """Equal for equal seeds and responses, independent of the target's ids and of the number of parallel requests."""

    def __init__(self, base_url: str) -> None:
        self._skip = len(base_url.rstrip("/"))
        self._hash = hashlib.sha256()
        self._owners: dict[str, str] = {}

    def add(self, exchange: Exchange) -> None:
        """Add one request, in the order of turns."""
        text = f"{exchange.method} {exchange.url[self._skip :]} {(exchange.request_body or b'').decode()}"
        owners = self._owners
        parts = _parts(text)
        if not owners.keys().isdisjoint(parts):
            for part in parts:
                if part in owners:
                    text = text.replace(part, owners[part])
        self._hash.update(text.encode())
        cause = exchange.cause
        owner = cause.get("person") or cause.get("group")
        if owner and cause.get("operation") in _TELLS_AN_ID:
            self._learn(exchange.response_json(), owner)

    def owner(self, target_id: str) -> str | None:
        """The directory's object id for a target id, if known."""
        return self._owners.get(target_id)

    def hexdigest(self) -> str:
        """The hash in 16 characters, which is enough to compare two runs."""
        return self._hash.hexdigest()[:16]

    def _learn(self, body: Any, owner: str) -> None:
        if not isinstance(body, dict):
            return
        listed = body.get("Resources")
        for resource in [body, *(listed if isinstance(listed, list) else ())]:
            if isinstance(resource, dict) and isinstance(resource.get("id"), str) and resource["id"]:
                self._owners[resource["id"]] = owner


def _parts(text: str) -> list[str]:
    """The parts of a request that can be ids. A regular expression takes four times as long for the same."""
    for separator in _SEPARATORS:
        text = text.replace(separator, " ")
    return text.split(" ")
