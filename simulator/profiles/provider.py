"""Simulates an identity provider by its profile: connection test, imports, pauses, and failure messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from simulator.directory.directory import Directory
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.mapping.target_path import GROUP_URN, USER_URN
from simulator.profiles import requests
from simulator.profiles.failures import failure_name, failure_reason
from simulator.profiles.groups import ProfileGroups
from simulator.profiles.pages import read_pages
from simulator.profiles.profile import Profile, load_profile, mapping_of
from simulator.profiles.users import ProfileUsers
from simulator.provisioning.answers import Failed, connection_test_failed, expect, resource_of
from simulator.provisioning.context import Context
from simulator.provisioning.provider import Connection, Notice
from simulator.provisioning.quarantine import Quarantine
from simulator.provisioning.request import Request, delete_group, delete_user
from simulator.provisioning.settings import JobSettings
from simulator.provisioning.turn import Turn
from simulator.wire.exchange import Exchange
from simulator.wire.retry_after import delay_seconds
from simulator.wording import counted

FIRST_PAUSE = timedelta(minutes=5)
MOST_PAUSES = 10
UNKNOWN = "00000000-0000-4000-8000-00000000beef"


UNJUDGED = frozenset({"quarantined", "healthy", "manager", "requests"})  # not documented for other providers


class ProfileProvider:
    """Implements `provisioning.provider.Provider`. Entra's knobs about requests have no effect here."""

    unjudged = UNJUDGED
    inactive_counts_as_gone = True
    offers_on_demand = False

    def __init__(
        self,
        name: str,
        directory: Directory,
        settings: JobSettings,
        *,
        seed: int,
        schema: SynchronizationSchema | None = None,
    ) -> None:
        self.profile: Profile = load_profile(name)
        self.updates_inactive = self.profile.deactivate == "put"
        known = replace(settings, cycle_minutes=self.profile.cadence_minutes, deletion_threshold=None)
        self.context = Context.fresh(directory, known, schema or mapping_of(name), seed)
        self.users = ProfileUsers(self.context, self.profile)
        self.groups = self.references = ProfileGroups(self.context, self.profile)
        self._paused_until: datetime | None = None
        self._pauses: dict[tuple[str, str], int] = {}  # number of 429 responses per task
        self._probed = False
        self._imported_on: date | None = None

    def next_cycle_at(self, due: datetime) -> datetime:
        """The time of the next cycle, later than due while a 429 requires a pause."""
        return due if self._paused_until is None else max(due, self._paused_until)

    def notices(self, before: Quarantine | None, after: Quarantine | None) -> list[Notice]:
        """No public source describes any."""
        return []

    def restarted(self) -> None:
        """Send everything again, as in a full or forced synchronization."""
        self.context.state.told.clear()
        self.context.state.members.clear()
        self.groups.forget()

    def on_wire(self, request: Request) -> Request:
        """The request without changes."""
        return request

    def report(self, failure: Failed, turn: Turn) -> tuple[str, str]:
        """The HTTP status phrase of a failure, and the provider's own message if it is known."""
        user = self.context.directory.users.get(turn.object_id)
        user_name = "" if user is None else str(user.attributes.get("userPrincipalName", ""))
        return failure_name(failure), failure_reason(self.profile, failure, turn.name, user_name)

    async def probe(self, turn: Turn) -> None:
        """Run the provider's connection test once, and its import once a day if it has one."""
        today = self.context.at.date()
        if not self._probed:
            await self._connect(turn)
            self._probed = True
            self._imported_on = today
        if self.profile.import_page and self._imported_on != today and self.context.state.users:
            self._imported_on = today
            await self._import(turn, self.profile.import_page)

    async def _connect(self, turn: Turn) -> None:
        try:
            for request in self._openings():
                exchange = await turn.send(request)
                expect(exchange, *((200, 201, 204) if self.profile.probe == "test_objects" else (200,)))
                await self._remove_test_object(turn, request, exchange)
        except Failed as failure:
            if failure.exchange is None:
                raise
            raise connection_test_failed(failure.exchange, failure) from None

    def _openings(self) -> list[Request]:
        """The requests of the connection test. Those for groups are sent only if groups are provisioned."""
        groups = self.context.provisions_groups
        kind = self.profile.probe
        if kind == "filter":
            return [requests.find_user(self.profile, "userName", UNKNOWN, "probe user")]
        if kind == "config":
            return [Request("GET", "/ServiceProviderConfig", None, "read discovery")]
        if kind == "discovery":
            of_groups = ["/ResourceTypes/Group"] if groups else [], [f"/Schemas/{GROUP_URN}"] if groups else []
            places = [
                "/ServiceProviderConfig",
                "/ResourceTypes/User",
                *of_groups[0],
                f"/Schemas/{USER_URN}",
                *of_groups[1],
            ]
            found = [Request("GET", place, None, "read discovery") for place in places]
            return [*found, Request("GET", "/Users?count=1", None, "probe user")]
        if kind == "test_objects":
            values = {"userName": f"test.user@{UNKNOWN}.example", "active": True, "name.familyName": "Test"}
            group = requests.create_group(self.profile, {"displayName": f"Test group {UNKNOWN}"})
            return [requests.create_user(self.profile, values, ""), *([group] if groups else [])]
        return []

    async def _remove_test_object(self, turn: Turn, request: Request, exchange: Exchange) -> None:
        if request.method == "POST":
            remove = delete_user if request.path == "/Users" else delete_group
            expect(await turn.send(remove(resource_of(exchange, self.profile.title)["id"])), 200, 204)

    async def _import(self, turn: Turn, size: int) -> None:
        """Import all users. The provider deletes people who are missing in the list, so paging errors delete people."""
        try:
            resources = await read_pages(turn, "/Users", size)
        except Failed as failure:
            turn.warn("ImportFailed", failure.reason)
            return
        found = {str(resource.get("id")) for resource in resources}
        missing = [id_ for id_ in self.context.state.users.values() if id_ not in found]
        if missing:
            told = f"{counted(len(missing), 'user is', 'users are')} missing in the list"
            turn.warn("ImportMissing", f"{told} and would be deleted at the provider, such as {missing[0]}")

    def finished(self, turn: Turn) -> None:
        """Pause after a 429, and drop tasks that the provider does not retry."""
        key, escrows = (turn.kind, turn.object_id), self.context.state.escrows
        refused = [exchange for exchange in turn.exchanges if exchange.status == 429]
        if refused and self.profile.on_429 == "pause":
            tries = self._pauses[key] = self._pauses.get(key, 0) + 1
            asked = delay_seconds(refused[-1].response_headers.get("retry-after"))
            backoff = FIRST_PAUSE * (1 << min(tries - 1, 10))
            self._paused_until = self.context.at + (backoff if asked is None else timedelta(seconds=asked))
            if tries > MOST_PAUSES:
                escrows.done(key)
        elif turn.status == "Success":
            self._pauses.pop(key, None)
            self._paused_until = None
        if turn.status == "Failure" and self.profile.permanent_4xx and not turn.transient:
            escrows.done(key)
            turn.next_attempt = None


def connection(name: str) -> Connection:
    """The HTTP client of a profile's provider."""
    profile = load_profile(name)
    return Connection(profile.timeout_seconds, profile.media_type, profile.headers)


def introduction(name: str) -> str:
    """One line for the console: the simulated provider, and what is assumed about it."""
    profile = load_profile(name)
    assumed = f"; assumed, because not documented: {', '.join(profile.assumed)}" if profile.assumed else ""
    return f"provider: {profile.title}{assumed}"
