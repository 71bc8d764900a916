"""Runs a client in this process through the situations of one embedded server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from conformance.client.front import Stage
from conformance.client.rule import DEFAULT_PROFILES
from conformance.client.run import ClientRun, ClientSettings
from conformance.client.situation import STEADY
from conformance.defects.mutations import Mutation
from conformance.defects.wire import Request, Server
from reference_server.embedded import EmbeddedServer
from simulator.stream.events import CheckResultEvent
from simulator.stream.run_stream import RunStream
from tests.conformance.client.good_client import Ended, Failed, GoodClient


class Clock:
    """The time of the front; the client's pauses let it pass."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def plain(request: Request, server: Server) -> Any:
    return server(request)


def judge(
    server: EmbeddedServer,
    *,
    between: Mutation = plain,
    bugs: frozenset[str] = frozenset(),
    situations: tuple[str, ...] = (),
    again: bool = True,
    profiles: tuple[str, ...] = DEFAULT_PROFILES,
    recording: Path | None = None,
) -> list[CheckResultEvent]:
    """The verdicts on the good client with a bug. Without `again`, its second run without trouble does nothing.

    `recording` is where the event stream is written.
    """
    clock = Clock()
    clients: dict[str, GoodClient] = {}

    def drive(stage: Stage, token: str) -> int:
        name = stage.situation.name
        if name in clients and name == STEADY and not again:
            return 0
        client = clients.setdefault(name, GoodClient(stage.base_url, token, clock.sleep, between, bugs, stage.issuer))
        try:
            client.run()
        except Ended:
            return 0
        except (Failed, KeyError, TypeError, AttributeError, AssertionError):
            return 1
        return 0

    events: list[Any] = []
    with RunStream(recording, (events.append,)) as stream:
        ClientRun(ClientSettings("-- good client", profiles, situations), stream).serve(server, drive, clock=clock)
    return [event for event in events if event["event"] == "check"]


def verdicts(events: list[CheckResultEvent]) -> dict[str, str]:
    return {event["name"]: event["verdict"] for event in events}
