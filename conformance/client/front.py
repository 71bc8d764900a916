"""The front: it serves every situation under a base URL of its own and records what the client sends.

Each situation has a connection of its own on the embedded server, so situations do not disturb each other.
"""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.client.certificates import certificate
from conformance.client.credentials import traits_of
from conformance.client.journey import Journey
from conformance.client.place import LOOPBACK, Place
from conformance.client.sent import Sent
from conformance.client.situation import Situation
from conformance.defects.mutations import Mutation
from conformance.defects.proxy import DefectProxy, Secure
from conformance.defects.wire import Reply, Request, Server
from conformance.target.client import Client
from conformance.target.discovery import Target
from reference_server.embedded import EmbeddedServer
from simulator.wire.exchange import Exchange

MOST_REQUESTS = 20_000  # of one situation that are judged; the stream contains all of them
MOST_BYTES = 2 * 1024 * 1024  # of one body that are kept
MOST_TOTAL = 256 * 1024 * 1024  # of all bodies that are kept
PAGE = 200
Listener = Callable[[Exchange], None]


@dataclass
class Stage:
    """A situation that is being served: its base URL, its connection on the server, and the client's journey."""

    situation: Situation
    base_url: str
    upstream: str
    token: str = field(repr=False)
    journey: Journey
    issuer: Path | None = None  # the file with the issuer of a certificate that the client trusts


class Front(DefectProxy):
    """Serves the situations. `clock` gives the seconds since the epoch; `on_exchange` is called with each exchange.

    `folder` is where certificates are written.
    """

    def __init__(
        self,
        server: EmbeddedServer,
        on_exchange: Listener,
        folder: Path,
        *,
        place: Place = LOOPBACK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(server.base_url, place.port, place.host)
        self._folder, self._place = folder, place
        self.origin = place.origin(self.port)
        self.token = f"client-{secrets.token_urlsafe(24)}"
        self.stages: dict[str, Stage] = {}
        self._on_exchange, self._clock = on_exchange, clock
        self._admin = Client(server.admin_url, server.admin_token)
        self._tenant = str(
            self._admin.send(
                "POST", "/tenants", {"name": "Clients", "plan": "enterprise", "sso_configured": True}
            ).json["id"]
        )
        self._connections = server.base_url.rpartition("/")[0]
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._kept = 0  # bytes of bodies

    def open(self, situation: Situation, target: Target) -> Stage:
        """Begin to serve a situation, with the resources that it needs in the server."""
        made = self._admin.send("POST", f"/tenants/{self._tenant}/connections", {}).json
        upstream = f"{self._connections}/{made['id']}"
        journey = Journey(situation.name, "", target)
        stage = Stage(situation, "", upstream, made["token"], journey)
        direct = Client(upstream, made["token"])
        for endpoint, body in situation.seeds():
            direct.send("POST", endpoint, body)
        journey.seeded = _all(direct, "/Users")
        self.stages[situation.name] = stage
        origin = self._secure(stage) if situation.certificate else self.origin
        stage.base_url = journey.base = self.add(situation.name, self._recorded(stage), upstream, origin)
        return stage

    def _secure(self, stage: Stage) -> str:
        """Serve a situation under a port of its own with a certificate that the client must reject; returns the origin."""
        name = self._place.name
        made = certificate(stage.situation.certificate, name, self._folder)
        stage.issuer = made.issuer

        def count() -> None:
            stage.journey.connections += 1

        def count_plain_text() -> None:
            stage.journey.plain_text += 1

        return f"https://{name}:{self.listen(Secure(made.context, count, count_plain_text))}"

    def finish(self, stage: Stage) -> Journey:
        """The journey through a situation, with what the server stores at its end."""
        direct = Client(stage.upstream, stage.token)
        stage.journey.users, stage.journey.groups = _all(direct, "/Users"), _all(direct, "/Groups")
        return stage.journey

    def answer(self, name: str, request: Request) -> Reply:
        stage = self.stages.get(name)
        if stage is not None and request.path.startswith(urlsplit(stage.base_url).path.removeprefix(f"/{name}")):
            return super().answer(name, request)
        reply = Reply.error(404, detail="this URL is not below the base URL of a situation")
        if stage is None and len(self.stages) == 1:
            stage = next(iter(self.stages.values()))
        if (
            stage is not None
        ):  # a client that shortens the base URL still names the situation, unless several are served
            self._record(stage, request, reply, self._clock(), url=f"{self.origin}/{name}{request.path}")
        return reply

    def _recorded(self, stage: Stage) -> Mutation:
        """What happens between the client and the server in this situation."""
        trouble = stage.situation.trouble

        def between(request: Request, server: Server) -> Reply:
            began = self._clock()
            admitted = request
            if traits_of(request.headers, "", self.token)["authorization"] == "ours":
                admitted = request.with_header("authorization", f"Bearer {stage.token}")
            reply = trouble(admitted, server)
            self._record(stage, request, reply, began)
            return reply

        return between

    def _record(self, stage: Stage, request: Request, reply: Reply, began: float, url: str = "") -> None:
        host = request.headers.get("host") or urlsplit(stage.base_url).netloc
        base = urlsplit(stage.base_url)._replace(netloc=host).geturl()
        target = url or base + request.path
        target += f"?{request.query}" if request.query else ""
        # the name of a machine and its addresses are the same place, but not on loopback: see leads-elsewhere
        below = stage.base_url if self._place.is_loopback else base
        cause = {"situation": stage.situation.name, "base_url": below}
        cause |= traits_of(request.headers, target, self.token)
        if len(request.body) > MOST_BYTES:
            cause["cut"] = "yes"
        with self._lock:
            number = next(self._numbers)
            exchange = Exchange(
                number=number,
                method=request.method,
                url=target,
                request_headers=dict(request.headers),
                request_body=request.body[:MOST_BYTES] if request.body else None,
                status=reply.status or None,
                response_headers=dict(reply.headers),
                response_body=reply.body[:MOST_BYTES],
                started_at=datetime.fromtimestamp(began, UTC),
                duration_ms=(self._clock() - began) * 1000,
                cause=cause,
                failure=None if reply.status else "the server closed the connection without a response",
            )
            self._kept += len(exchange.request_body or b"") + len(exchange.response_body)
            if len(stage.journey.sent) < MOST_REQUESTS and self._kept <= MOST_TOTAL:
                sent = Sent(exchange, below, cut="cut" in cause)
                stage.journey.sent.append(sent)
            else:
                stage.journey.lost += 1
            self._on_exchange(exchange)


def _all(client: Client, path: str) -> list[dict[str, Any]]:
    """Every resource of an endpoint."""
    found: list[dict[str, Any]] = []
    while True:
        answer = client.send("GET", path, parameters={"startIndex": len(found) + 1, "count": PAGE})
        held = answer.json.get("Resources") or []
        found += held
        if not held or len(found) >= answer.json["totalResults"]:
            return found
