"""Drives a job against a target on a real socket: what the tests of the engine share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.directory.directory import Directory
from simulator.entra.settings import EntraSettings
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.profiles.profile import load_profile
from simulator.providers import PROVIDERS, create_provider
from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn
from simulator.wire.client import ScimClient
from simulator.wire.exchange import Exchange
from tests.fake_target import FakeTarget

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=40)


class Engine:
    """One job over an empty directory; `turns` are those that sent something or failed, in order."""

    def __init__(
        self,
        target: FakeTarget,
        schema: SynchronizationSchema | None = None,
        directory: Directory | None = None,
        timeout_s: float = 20.0,
        idp: str = "entra",
        **knobs: Any,
    ) -> None:
        self.directory = directory or Directory()
        self.settings = EntraSettings.model_validate({"lanes": 1, "group_lanes": 1, **knobs})
        self.target = target
        self.turns: list[Turn] = []
        self.now = START - STEP
        self.pauses: list[float] = []
        self._client: ScimClient | None = None
        self.job: Job
        self._timeout, self._idp = timeout_s, idp
        self.profile = None if idp == "entra" else load_profile(idp)
        provider = create_provider(idp, self.directory, self.settings, seed=1, schema=schema)
        self.job = Job(provider, self._send, on_turn=self.turns.append, pause=self._pause)

    def person(self, name: str, **attributes: Any) -> str:
        """An assigned user with this name; the object id is derived from the name."""
        first, _, last = name.partition(" ")
        upn = f"{first.lower()}@contoso.com"
        source = {
            "objectId": f"id-{first.lower()}",
            "userPrincipalName": upn,
            "mailNickname": first.lower(),
            "displayName": name,
            "givenName": first,
            "surname": last or None,
            "accountEnabled": True,
        }
        user = self.directory.add_user(self.now, {**source, **attributes})
        self.directory.assign(self.now, user.object_id)
        return user.object_id

    def group(self, name: str, *members: str, assigned: bool = True) -> str:
        group = self.directory.add_group(self.now, f"gid-{name.lower()}", name)
        for member in members:
            self.directory.add_member(self.now, group.object_id, member)
        if assigned:
            self.directory.assign(self.now, group.object_id)
        return group.object_id

    def cycle(self, after: timedelta = STEP) -> CycleReport:
        """The next cycle; what the target received before is forgotten."""
        report: CycleReport = self.do(self._cycle(after))
        return report

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something of the engine's, with a client to send through."""
        self.target.received.clear()
        self.turns.clear()

        async def connected() -> Any:
            look = PROVIDERS[self._idp].connection(self.settings)
            looks: dict[str, Any] = {"media_type": look.media_type, "headers": look.headers, "accept": look.accept}
            async with ScimClient(self.target.url, "secret-token", timeout_s=self._timeout, **looks) as client:
                self._client = client
                return await work

        return asyncio.run(connected())

    def turn(self, kind: str = "user", name: str = "") -> Turn:
        """The one turn of that kind in the latest cycle."""
        found = [turn for turn in self.turns if turn.kind == kind and (not name or turn.name == name)]
        assert len(found) == 1, [(turn.kind, turn.name, turn.status) for turn in self.turns]
        return found[0]

    async def _cycle(self, after: timedelta) -> CycleReport:
        self.now += after
        self.directory.purge_expired(self.now)
        return await self.job.run_cycle(self.now)

    async def _send(self, request: Request, cause: dict[str, str]) -> Exchange:
        assert self._client is not None
        return await self._client.send(request, virtual_at=self.now, cause=cause)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


def bodies(lines: Iterable[str]) -> list[str]:
    """The lines without the base path, as entra.md writes them."""
    return [line.replace(" /scim/", " /", 1) for line in lines]
