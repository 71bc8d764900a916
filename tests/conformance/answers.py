"""Answers as a target could give them, without a target."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from conformance.target.client import Answer
from simulator.wire.exchange import Exchange


def answer(status: int, body: Any = None, method: str = "GET", **headers: str) -> Answer:
    """An answer with a JSON body, or without one for None; `www_authenticate` becomes the header www-authenticate."""
    content = b"" if body is None else json.dumps(body).encode()
    kept = {name.replace("_", "-"): value for name, value in headers.items()}
    url = "http://127.0.0.1/scim/v2/Users"
    return Answer(Exchange(1, method, url, {}, None, status, kept, content, datetime.now(UTC), 1.0))
