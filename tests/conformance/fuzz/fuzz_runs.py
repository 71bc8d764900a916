"""Fuzz runs as tests start them, and discovery documents that are broken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from conformance.check_api.session import MARKER
from conformance.fuzz.run import FuzzOptions, run_fuzz
from conformance.target.client import Client
from conformance.target.discovery import GROUP_URN, USER_URN, Target, discover
from reference_server.embedded import EmbeddedServer
from simulator.stream.events import CheckResultEvent
from simulator.wire.exchange import Exchange


@dataclass
class Fuzzed:
    """What one run left behind."""

    events: list[CheckResultEvent] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def named(self, name: str) -> CheckResultEvent:
        return next(event for event in self.events if event["name"] == name)

    def with_verdict(self, *verdicts: str) -> list[str]:
        return [event["name"] for event in self.events if event["verdict"] in verdicts]

    def messages(self, *verdicts: str) -> list[str]:
        """The messages of checks and of remarks that have one of these verdicts."""
        found = [event["message"] for event in self.events if event["verdict"] in verdicts]
        remarks = [remark for event in self.events for remark in event["remarks"]]
        return found + [remark["message"] for remark in remarks if remark["verdict"] in verdicts]

    def shown(self, event: CheckResultEvent) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.number in event["exchanges"]]


def fuzz(
    url: str, token: str, *, seed: int = 4711, examples: int = 4, read_only: bool = False, only: str = ""
) -> Fuzzed:
    fuzzed = Fuzzed()
    client = Client(url, token, listener=fuzzed.exchanges.append, read_only=read_only)
    target = discover(client)
    fuzzed.exchanges.clear()
    fuzzed.left = run_fuzz(
        client,
        target,
        FuzzOptions(seed, examples, lambda name: re.search(only, name) is not None),
        write=fuzzed.events.append,
    )
    return fuzzed


def listed(server: EmbeddedServer, endpoint: str, name: str) -> list[str]:
    client = Client(server.base_url, server.token)
    found = client.send("GET", endpoint, parameters={"filter": f'{name} sw "{MARKER}-fuzz"'})["Resources"] or []
    return [item["id"] for item in found]


HOSTILE: dict[str, Target] = {
    "nothing": Target(),
    "types without names": Target({}, [{"endpoint": "/Users"}, {"name": 5, "schema": 6, "endpoint": 7}], {}),
    "endpoints that are none": Target(
        {},
        [
            {"name": f"T{number}", "schema": USER_URN, "endpoint": endpoint}
            for number, endpoint in enumerate(["", "/", "/{id}", "http://x/", "/a b", "/../admin", "/Schemas", ["/U"]])
        ],
        {},
    ),
    "the same twice": Target({}, [{"name": "User", "schema": USER_URN, "endpoint": "/Users"}] * 2, {}),
    "names that are no names": Target({}, [{"name": "Ünï cödé!", "schema": USER_URN, "endpoint": "/x"}], {}),
    "attributes of any shape": Target(
        {"bulk": {"supported": True}, "patch": 5, "filter": {"supported": "yes"}},
        [{"name": "User", "schema": USER_URN, "endpoint": "/Users", "schemaExtensions": [5, {"schema": []}, {}]}],
        {
            USER_URN: {
                "attributes": [
                    5,
                    None,
                    {},
                    {"name": ""},
                    {"name": {"a": 1}},
                    {"name": "x", "type": ["string"], "canonicalValues": {"a": 1}},
                    {"name": "y", "type": "complex", "subAttributes": "none", "multiValued": True},
                    {"name": "z", "type": "complex", "subAttributes": [{"name": "$ref", "referenceTypes": 5}, 7]},
                    {"name": "q", "type": "strange", "mutability": 5, "description": {"en": "x"}},
                    {"name": "a.b[c", "type": "reference"},
                    {"name": "schemas", "type": "string"},
                    {"name": "id", "type": "integer", "required": True},
                ]
            }
        },
    ),
    "attributes that are no list": Target({}, [], {USER_URN: {"attributes": 5}, GROUP_URN: {}}),
}
