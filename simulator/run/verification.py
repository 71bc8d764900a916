"""Reads the target back and compares it with the directory.

After each cycle, the resources that it changed are compared. The whole target is compared at the start, at the end, and at
the end of days with writes: every such day in the first month, then once a week.

In the mode `by id`, only resources that the run wrote are read, each by its id. The target then gets no request for a whole
list, which Entra ID does not send either, and resources of others are not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from simulator.provisioning.cycle_report import CycleReport
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request, read_page
from simulator.run.difference_list import DifferenceList
from simulator.run.outcome import Outcome
from simulator.stream.events import ReadBackExtent, SimulateVerifiedEvent
from simulator.verify.compare import Comparison, Difference, unlinked_users
from simulator.verify.expected import ExpectedState
from simulator.verify.known_resources import KnownResources
from simulator.verify.projection import Projection
from simulator.verify.read_back import ReadBackFailed, read_all, several, still_listed
from simulator.wire.exchange import Exchange

MANY = 60  # reading this many single resources costs as much as reading a whole small target
MANY_MEMBERS = 200  # larger groups are read back only at the end of the day
MONTH, WEEK = timedelta(days=31), timedelta(days=7)
Ask = Callable[[Request], Coroutine[Any, Any, Exchange]]


class Verification:
    """Verifies after each cycle that the target matches the directory. Each comparison gives one event."""

    def __init__(
        self, job: Job, ask: Ask, outcome: Outcome, differences: DifferenceList, *, mode: str = "touched"
    ) -> None:
        self._job, self._ask, self._outcome = job, ask, outcome
        self._every_cycle, self._by_id, self._differences = mode == "every cycle", mode == "by id", differences
        self._projection = Projection(job)
        self._comparison = Comparison()
        self._endpoints: tuple[str, ...] = ("/Users", "/Groups") if job.context.provisions_groups else ("/Users",)
        self._known = {"/Users": KnownResources(), "/Groups": KnownResources()}
        self._whole_at: datetime | None = None
        self._began_at: datetime | None = None
        self._wrote_since = False
        self._agreed = self._trusted = True

    async def note_foreign(self) -> dict[str, list[dict[str, Any]]]:
        """Read the resources that exist before provisioning, by endpoint. They are excluded from comparisons."""
        held: dict[str, list[dict[str, Any]]] = {"/Users": [], "/Groups": []}
        if self._by_id:
            return held
        for endpoint in self._endpoints:
            try:
                held[endpoint] = await read_all(self._page, endpoint)
            except ReadBackFailed:
                continue  # the connection test of the first cycle reports it
        ids = frozenset(str(resource.get("id")) for listed in held.values() for resource in listed)
        self._projection = Projection(self._job, ids)
        return held

    def read_groups(self) -> None:
        """Compare groups even if none are provisioned, so that problems with existing groups are differences."""
        self._endpoints = ("/Users", "/Groups")

    def distrust(self) -> None:
        """Make the next comparison a full one, because the target may have changed."""
        self._trusted = False

    def expect_everything(self) -> None:
        """Objects changed outside a cycle: what is expected is made anew, and the next look is at everything."""
        self._projection.update(everything=True)
        self._trusted = False

    async def equals(self) -> bool:
        """Whether the target matches the directory now, including changes that no cycle has processed yet."""
        found, _, _ = await self._whole(self._projection.update(everything=True))
        return not found

    async def at_the_end(self, at: datetime, cycle: int) -> SimulateVerifiedEvent:
        """The final comparison of a run whose last cycle failed its connection test."""
        found, users, groups = await self._whole(self._projection.update(everything=True))
        return self._event(cycle, at, found, "whole", users, groups)

    async def after(self, report: CycleReport, *, ends_day: bool, ends_run: bool) -> SimulateVerifiedEvent | None:
        """Compare what this cycle requires. Returns None when nothing was compared and the last result still holds."""
        touched = [item for item in self._job.looked_at if item[1] in report.changed and not self._is_large(item)]
        before = {item: self._target(*item) for item in touched}
        expected = self._projection.update()
        self._wrote_since |= bool(report.changed)
        whole = (
            self._every_cycle or self._whole_at is None or len(touched) > MANY or not (self._agreed and self._trusted)
        )
        if whole or ends_run or (ends_day and self._wrote_since and self._is_time(report.at)):
            found, users, groups = await self._whole(expected)
            self._whole_at, self._wrote_since, self._trusted = report.at, False, True
            self._outcome.cycles_converged += not found
            return self._event(report.number, report.at, found, "whole", users, groups)
        if not touched:  # nothing changed, or only large groups, which the end of the day compares
            self._outcome.cycles_converged += self._agreed
            return None
        ids = {(item[0], id_) for item in touched for id_ in (before[item], self._target(*item)) if id_}
        found, users, groups = await self._touched(expected, sorted(ids))
        self._outcome.cycles_converged += not found
        return self._event(report.number, report.at, found, "touched", users, groups)

    def _is_time(self, at: datetime) -> bool:
        self._began_at = self._began_at or at
        return at - self._began_at < MONTH or self._whole_at is None or at - self._whole_at >= WEEK

    async def still_shown(self, paths: list[str]) -> list[str]:
        """Those of the deleted resources that the target still lists or, in the mode `by id`, returns."""
        if not self._by_id:
            return await still_listed(self._page, paths)
        answers = await several([self._ask(Request("GET", path, None, "read back")) for path in paths])
        return [path for path, exchange in zip(paths, answers, strict=True) if exchange.status == 200]

    # ── reading and comparing ──

    async def _whole(self, expected: ExpectedState) -> tuple[list[Difference], int, int]:
        """Read and compare users and groups. An endpoint that cannot be read is a difference; the other is still compared."""
        if self._by_id:
            return await self._touched(expected, sorted(_all_ids(expected)), unlinked=True)
        unreadable: list[Difference] = []
        read: dict[str, list[dict[str, Any]] | None] = {"/Users": None, "/Groups": None}
        for endpoint in self._endpoints:
            try:
                read[endpoint] = await read_all(self._page, endpoint)
            except ReadBackFailed as error:
                unreadable.append(_unreadable(endpoint, "a list", str(error)))
        users, groups = read["/Users"], read["/Groups"]
        found = unreadable + self._comparison.differences(expected, users, groups)
        return found, len(users or ()), len(groups or ())

    async def _touched(
        self, expected: ExpectedState, ids: list[tuple[str, str]], *, unlinked: bool = False
    ) -> tuple[list[Difference], int, int]:
        resources: dict[tuple[str, str], Any] = {}
        unreadable: list[Difference] = []
        paths = [f"/{kind.capitalize()}s/{quote(id_, safe='')}" for kind, id_ in ids]
        answers = await several([self._ask(Request("GET", path, None, "read back")) for path in paths])
        for (kind, id_), exchange in zip(ids, answers, strict=True):
            body = exchange.response_json()
            if exchange.status == 404:
                resources[kind, id_] = None
            elif exchange.status == 200 and isinstance(body, dict):
                resources[kind, id_] = body
            else:
                told = str(exchange.status or exchange.failure)
                unreadable.append(_unreadable(f"/{kind.capitalize()}s/{id_}", f"a {kind}", told))
        found = self._comparison.of_touched(expected, resources) + (unlinked_users(expected) if unlinked else [])
        kinds = [kind for kind, _ in resources]
        return found + unreadable, kinds.count("user"), kinds.count("group")

    async def _page(self, endpoint: str, start: int, count: int) -> Any:
        exchange = await self._ask(read_page(endpoint, start, count))
        if exchange.status != 200:
            raise ReadBackFailed(f"{exchange.status or exchange.failure}")
        known = self._known[endpoint]
        if start == 1:
            known.begin()
        page = known.page(exchange.response_body)
        return exchange.response_json() if page is None else page

    def _is_large(self, item: tuple[str, str]) -> bool:
        group = self._job.directory.groups.get(item[1]) if item[0] == "group" else None
        return group is not None and len(group.members) > MANY_MEMBERS

    # ── the stream ──

    def _target(self, kind: str, object_id: str) -> str | None:
        state = self._job.state
        linked = state.users if kind == "user" else state.groups
        return linked.get(object_id) or self._projection.target_of(kind, object_id)

    def _event(
        self, cycle: int, at: datetime, found: list[Difference], extent: ReadBackExtent, users: int, groups: int
    ) -> SimulateVerifiedEvent:
        outcome = self._outcome
        self._agreed = outcome.equal_at_the_end = not found
        outcome.differences += len(found)
        unread = any(one.kind == "unreadable" and one.person.startswith("GET /Users") for one in found)
        outcome.leavers_still_active = None if unread else sum(one.shows_access for one in found)
        numbered = self._differences.note(cycle, at, found)
        outcome.distinct_differences = len(self._differences)
        if extent == "whole":
            outcome.read_backs += 1
        else:
            outcome.partial_read_backs += 1
        return {
            "event": "verified",
            "cycle": cycle,
            "at": at.isoformat(),
            "extent": extent,
            "converged": not found,
            "people": users,
            "groups": groups,
            "differences": len(found),
            "found": numbered.ranges,
            "unlisted": numbered.unlisted,
        }


def _all_ids(expected: ExpectedState) -> set[tuple[str, str]]:
    """What the run wrote and the target must still hold."""
    return {("user", id_) for id_ in [*expected.users, *expected.released]} | {
        ("group", id_) for id_ in expected.groups
    }


def _unreadable(path: str, expected: str, found: str) -> Difference:
    return Difference("unreadable", f"GET {path}", "", expected, found)
