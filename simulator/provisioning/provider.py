"""What an identity provider has to say to be played by the engine: the contract that Entra and every profile implement.

The engine decides whose turn it is, in which order and how often (`job`, `users`, `groups`). A provider decides what is
sent, what an answer means, and in which terms a failure is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from simulator.directory.directory import DirectoryUser
from simulator.provisioning.answers import Failed
from simulator.provisioning.context import Context
from simulator.provisioning.quarantine import Quarantine
from simulator.provisioning.request import Request
from simulator.provisioning.scoping import Scope
from simulator.provisioning.turn import Turn
from simulator.stream.events import NoticeChannel

Resource = dict[str, Any]  # a SCIM resource as the target answered it
Values = dict[str, Any]  # target path → value, as a mapping makes it


class LinkLost(Exception):
    """The linked resource is not in the target: the link is dropped, and matching starts over."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a provider's HTTP client looks: its time limit in seconds, its media type, the headers of every request.

    `accept`: whether it sends an Accept header, which is the bare media type.
    """

    timeout_seconds: float = 100.0
    media_type: str = "application/scim+json"
    headers: dict[str, str] = field(default_factory=dict)
    accept: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of the provider to an administrator."""

    channel: NoticeChannel
    text: str


class UserMethods(Protocol):
    """What a provider does with one user. Each method sends the requests of a turn and records its outcome on it."""

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """The user of the target that these values belong to, with a usable id; None: to be created."""

    async def create(self, turn: Turn, user: DirectoryUser, scope: Scope, values: Values) -> None:
        """Create the user and link it."""

    async def update(self, turn: Turn, user: DirectoryUser, scope: Scope, found: Resource | None = None) -> None:
        """Bring a linked user up to date; `found` is what matching has just read. Raises LinkLost."""

    async def disable(self, turn: Turn, user: DirectoryUser, scope: Scope) -> None:
        """The user is no longer in scope: disable it, delete it, or leave it alone."""

    async def delete(self, turn: Turn) -> None:
        """The user is gone from the directory."""

    def skip(self, turn: Turn, scope: Scope) -> None:
        """The user is out of scope and not managed: record on the turn why nothing is sent."""


class GroupMethods(Protocol):
    """What a provider does with one group, its members apart."""

    def note_scope(self, turn: Turn, scope: Scope) -> None:
        """Record on the turn how the group stands, where the provider's log shows it."""

    async def match(self, turn: Turn, values: Values) -> Resource | None:
        """The group of the target that these values belong to, with a usable id; None: to be created."""

    async def create(self, turn: Turn, values: Values) -> None:
        """Create the group and link it."""

    async def update(self, turn: Turn, found: Resource | None = None) -> None:
        """Bring a linked group up to date; `found` is what matching has just read. Raises LinkLost."""

    async def delete(self, turn: Turn) -> None:
        """The group is out of scope or gone."""


class ReferenceMethods(Protocol):
    """What a provider does with references, after the objects themselves."""

    async def manager(self, turn: Turn) -> None:
        """Bring a user's manager up to date."""

    async def members(self, turn: Turn, *, only: frozenset[str] | None = None) -> None:
        """Bring a group's members up to date; `only` limits it to these object ids."""


class Provider(Protocol):
    """One provider in one job."""

    @property
    def context(self) -> Context: ...
    @property
    def users(self) -> UserMethods: ...
    @property
    def groups(self) -> GroupMethods: ...
    @property
    def references(self) -> ReferenceMethods: ...
    @property
    def unjudged(self) -> frozenset[str]:
        """The kinds of expectations (lifecycle/expectations.py) that cannot be judged, because nothing is known."""
        ...

    @property
    def inactive_counts_as_gone(self) -> bool:
        """Whether an expectation that a user is gone holds for one who is inactive."""
        ...

    @property
    def updates_inactive(self) -> bool:
        """Whether disabling a user also sends the other changes of that user."""
        ...

    @property
    def offers_on_demand(self) -> bool:
        """Whether an administrator can provision one user at once, as Entra's portal offers it."""
        ...

    async def probe(self, turn: Turn) -> None:
        """What is sent before each cycle; raises ConnectionTestFailed."""

    def on_wire(self, request: Request) -> Request:
        """A request of the engine as it leaves: Entra carries the flag of the tenant URL to it."""
        ...

    def report(self, failure: Failed, turn: Turn) -> tuple[str, str]:
        """(error code, reason) of a failure as this provider shows it to an administrator."""
        ...

    def finished(self, turn: Turn) -> None:
        """Called after each turn, once its outcome is in the state."""

    def notices(self, before: Quarantine | None, after: Quarantine | None) -> list[Notice]:
        """What an administrator hears when a cycle has changed the job's quarantine."""
        ...

    def restarted(self) -> None:
        """Called after an administrator has restarted the job."""

    def next_cycle_at(self, due: datetime) -> datetime:
        """When a cycle that is due at that time starts, `due` itself unless the provider waits."""
        ...
