"""A simulated target for dry runs: it responds like an empty, correct server, and nothing is sent over the network."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from secrecy.places import learn_passwords
from simulator.mapping.target_path import MANAGER_PATH, put, value_at
from simulator.provisioning.request import Request
from simulator.wire.exchange import Exchange, LocalAnswer

_NOBODY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}
_DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")


class DryTarget:
    """Keeps the written resources in memory. Its ids are `user-1`, `group-1`, and so on."""

    base_url = "http://target"

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    async def send(
        self, request: Request, *, virtual_at: datetime | None = None, cause: dict[str, str] | None = None
    ) -> Exchange:
        """The exchange that this request would cause."""
        status, body = self._respond(request)
        answer = LocalAnswer(status, body)
        exchange = Exchange.never_sent(request, self.base_url, answer, virtual_at=virtual_at, cause=cause)
        learn_passwords(exchange.request_body)
        return exchange

    def _respond(self, request: Request) -> tuple[int, dict[str, Any] | None]:
        bare = request.path.partition("?")[0]
        _, endpoint, *rest = bare.split("/")
        if request.method == "POST" and request.body is not None:
            id_ = f"{endpoint.lower().removesuffix('s')}-{next(self._numbers)}"
            self._held[id_] = {**request.body, "id": id_}
            return 201, self._held[id_]
        if not rest:
            return 200, _NOBODY
        if endpoint in _DISCOVERY:
            return 200, {"id": rest[0]}
        held = self._held.get(rest[0])
        if held is None:
            return 404, None
        if request.method == "DELETE":
            del self._held[rest[0]]
            return 204, None
        if request.method == "PATCH" and request.body is not None:
            for operation in request.body["Operations"]:
                _apply(held, operation)
            return 204, None
        return 200, held


def _apply(held: dict[str, Any], operation: dict[str, Any]) -> None:
    """Apply a PATCH operation in the forms that the simulator itself sends. This is not a general PATCH engine."""
    path, value = operation.get("path"), operation.get("value")
    if path is None:
        for name, item in (value or {}).items():
            put(held, name, item)
    elif path == MANAGER_PATH:
        put(held, path, {"value": value} if value else {})
    elif path == "active":
        put(held, path, value if isinstance(value, bool) else value == "True")
    elif operation["op"].lower() != "remove" and not path.startswith("members"):
        is_list = isinstance(value_at(held, path), list)
        put(held, path, value if not is_list or isinstance(value, list) else [value])
