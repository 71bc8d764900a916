"""The journey of a client through one situation: what it sent, and what the server's documents say about that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.client.attributes import Value, values_of
from conformance.client.sent import Sent, Write, writes_of
from conformance.model.definitions import Definitions, definitions_of
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import Target

RECORDING = "recording"  # stands for the situation of a client that was recorded elsewhere


@dataclass
class Journey:
    """What happened in one situation.

    `exits` are the exit codes of the command that was run for it, `users` and `groups` what the server stored at the end, and
    `seeded` the users at the beginning.
    `second_run` is the number of the first request of a second, identical run; 0 if there was none.
    """

    situation: str
    base: str
    target: Target
    sent: list[Sent] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    seeded: list[dict[str, Any]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)  # how many requests there were when each run of the command began
    second_run: int = 0
    connections: int = 0  # that were opened to a server whose certificate the client must reject
    plain_text: int = 0  # requests without TLS to such a server
    lost: int = 0  # requests that were not kept, because there were too many

    @cached_property
    def writes(self) -> list[Write]:
        return [write for sent in self.sent for write in writes_of(sent)]

    @cached_property
    def values(self) -> list[Value]:
        """Every attribute value of the resources and PATCH operations that the client sent."""
        return [
            value
            for write in self.writes
            if (known := self.definitions(write.endpoint)) is not None
            for value in values_of(write, known)
        ]

    @property
    def created(self) -> Iterator[Write]:
        return (write for write in self.writes if write.method == "POST" and write.endpoint in ("Users", "Groups"))

    @cached_property
    def member_ids(self) -> dict[int, list[str]]:
        """The values of members that each request sends, by the number of the request."""
        found: dict[int, list[str]] = {}
        for value in self.values:
            if value.write.endpoint == "Groups" and value.path.lower() == "members":
                held = [str(one.get("value")) for one in value.elements if isinstance(one, dict)]
                found.setdefault(value.write.sent.number, []).extend(held)
        return found

    def definitions(self, endpoint: str) -> Definitions | None:
        """The schemas of the resource type at an endpoint such as `Users`; None for any other path."""
        if endpoint not in self._definitions:
            self._definitions[endpoint] = self._defined(endpoint)
        return self._definitions[endpoint]

    @cached_property
    def _definitions(self) -> dict[str, Definitions | None]:
        return {}

    def _defined(self, endpoint: str) -> Definitions | None:
        for rtype in self.target.resource_types:
            if self.target.endpoint_of(rtype).strip("/") == endpoint:
                try:
                    return definitions_of(self.target, str(rtype.get("name")))
                except NotOffered:
                    return None
        return None
