"""The job of another provider: the same directory, scope, order and escrow as Entra's, and the provider's own requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from simulator.directory.directory import Directory
from simulator.entra.connection_test import ConnectionTestFailed, verdict
from simulator.entra.requests import Request, delete_group, delete_user
from simulator.entra.settings import EntraSettings
from simulator.mapping.target_path import GROUP_URN, USER_URN
from simulator.profiles import requests
from simulator.profiles.groups import ProfileGroups
from simulator.profiles.profile import Profile, load_profile, mapping_of
from simulator.profiles.users import ProfileUsers
from simulator.provisioning.answers import Failed, expect, listed, resource_of
from simulator.provisioning.job import Job
from simulator.provisioning.state import PORTAL_RESTART, ResetScope
from simulator.provisioning.turn import Turn

FIRST_PAUSE = timedelta(minutes=5)
MOST_PAUSES = 10
UNKNOWN = "00000000-0000-4000-8000-00000000beef"


class ProfileJob(Job):
    """Plays a profile; what Entra's knobs say about requests has no meaning here."""

    def __init__(self, idp: str, directory: Directory, *args: Any, settings: EntraSettings, **options: Any) -> None:
        self.profile: Profile = load_profile(idp)
        known = settings.model_copy(update={"cycle_minutes": self.profile.cadence_minutes, "deletion_threshold": None})
        options["schema"] = options.get("schema") or mapping_of(idp)
        super().__init__(directory, *args, settings=known, **options)
        self._users = ProfileUsers(self.context, self.profile)  # type: ignore[assignment]
        groups = ProfileGroups(self.context, self.profile)
        self._groups = self._references = groups  # type: ignore[assignment]
        self._paused_until: datetime | None = None
        self._pauses: dict[tuple[str, str], int] = {}  # how often each task was refused by a 429
        self._probed = False
        self._imported_on: Any = None

    def next_cycle_at(self, previous: datetime) -> datetime | None:
        """By the profile's cadence, later while a 429 is obeyed."""
        following = super().next_cycle_at(previous)
        if following is None or self._paused_until is None:
            return following
        return max(following, self._paused_until)

    def restart(self, scopes: Iterable[ResetScope] = PORTAL_RESTART) -> None:
        """What consoles call a full or forced synchronisation: everybody is told everything again."""
        super().restart(scopes)
        self.state.told.clear()
        self.state.members.clear()
        self._references.forget()  # type: ignore[attr-defined]

    async def probe(self) -> Turn:
        """What the provider does when the connection is made, once; an import each day where it imports."""
        turn = self.turn("probe", "")
        if not self._probed:
            try:
                for request in self._openings():
                    exchange = await turn.send(request)
                    expect(exchange, *((200, 201, 204) if self.profile.probe == "test_objects" else (200,)))
                    await self._remove_test_object(turn, request, exchange)
            except Failed as failure:
                if failure.exchange is None:
                    raise
                error = ConnectionTestFailed(*verdict(failure.exchange, failure), failure.exchange)
                turn.fail(Failed(error.code, str(error), failure.exchange))
                self._tell(turn)
                self.report.failed += 1
                self._quarantine("EncounteredQuarantineException", str(error))
                raise error from None
            self._probed = True
            self._imported_on = self.context.at.date()
        if self.profile.import_page and self._imported_on != self.context.at.date() and self.state.users:
            self._imported_on = self.context.at.date()
            await self._import(turn, self.profile.import_page)
        self._tell(turn)
        return turn

    def _openings(self) -> list[Request]:
        kind = self.profile.probe
        if kind == "filter":
            return [requests.find_user(self.profile, "userName", UNKNOWN, "probe user")]
        if kind == "config":
            return [Request("GET", "/ServiceProviderConfig", None, "read discovery")]
        if kind == "discovery":
            places = ["/ServiceProviderConfig", "/ResourceTypes/User", "/ResourceTypes/Group", f"/Schemas/{USER_URN}"]
            found = [Request("GET", place, None, "read discovery") for place in [*places, f"/Schemas/{GROUP_URN}"]]
            return [*found, Request("GET", "/Users?count=1", None, "probe user")]
        if kind == "test_objects":
            values = {"userName": f"test.user@{UNKNOWN}.example", "active": True, "name.familyName": "Test"}
            group = requests.create_group(self.profile, {"displayName": f"Test group {UNKNOWN}"})
            return [requests.create_user(self.profile, values, ""), group]
        return []

    async def _remove_test_object(self, turn: Turn, request: Request, exchange: Any) -> None:
        if request.method == "POST":
            remove = delete_user if request.path == "/Users" else delete_group
            expect(await turn.send(remove(resource_of(exchange)["id"])), 200, 204)

    async def _import(self, turn: Turn, size: int) -> None:
        """Who is missing in the list would be deleted at the provider: paging faults delete people."""
        found: set[str] = set()
        start = 1
        while True:
            exchange = await turn.send(requests.read_page("/Users", start, size))
            try:
                page = listed(exchange)
            except Failed as failure:
                turn.warn("ImportFailed", failure.reason)
                return
            found |= {str(resource.get("id")) for resource in page}
            start += len(page)
            total = exchange.response_json().get("totalResults", 0)
            if not page or start > total:
                break
        missing = [id_ for id_ in self.state.users.values() if id_ not in found]
        if missing:
            turn.warn(
                "ImportMissing", f"{len(missing)} people are not in the list and would be deleted, such as {missing[0]}"
            )

    def _finish(self, turn: Turn) -> None:
        super()._finish(turn)
        refused = [exchange for exchange in turn.exchanges if exchange.status == 429]
        if refused and self.profile.on_429 == "pause":
            key = (turn.kind, turn.object_id)
            tries = self._pauses[key] = self._pauses.get(key, 0) + 1
            asked = refused[-1].response_headers.get("retry-after", "")
            wait = timedelta(seconds=int(asked)) if asked.isdigit() else FIRST_PAUSE * (1 << min(tries - 1, 10))
            self._paused_until = self.report.at + wait
            if tries > MOST_PAUSES:
                self.state.escrows.done(key)
        elif turn.status == "Success":
            self._pauses.pop((turn.kind, turn.object_id), None)
            self._paused_until = None
        if turn.status == "Failure" and self.profile.permanent_4xx and not turn.transient:
            self.state.escrows.done((turn.kind, turn.object_id))
            turn.next_attempt = None
