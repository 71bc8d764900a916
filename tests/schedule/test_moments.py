"""Moments × expected runs, through the scheduler of a whole server, with the system's clock frozen by freezegun."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_server.sync.exposure import longest_possible
from reference_server.sync.schedule import next_tick
from tests.in_process import House, house, opened_house, run
from tests.stores import Stores

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def frozen() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time("2026-03-02 04:00:00", real_asyncio=True) as clock:
        yield clock  # type: ignore[misc]


async def change(server: House, number: int) -> None:
    """Something that a full run must write, and a leaver that any run must."""
    await server.user(userName=f"joiner{number}@x.com")
    leaver = await server.user(userName=f"leaver{number}@x.com")
    await server.sync()
    await server.patch(f"/Users/{leaver['id']}", {"op": "replace", "path": "active", "value": False})
    await server.user(userName=f"later{number}@x.com")


def told(runs: list[dict[str, Any]]) -> list[str]:
    return [f"{r['trigger']} {r['kind']} +{r['created']} -{r['deactivated']}" for r in runs]


@pytest.mark.parametrize(
    ("changed", "moments", "expected"),
    [
        # a weekday
        ("2026-03-02 05:30", ["2026-03-02 05:59"], []),
        ("2026-03-02 05:30", ["2026-03-02 06:00"], ["schedule full +1 -1"]),
        ("2026-03-02 06:01", ["2026-03-02 06:14"], []),
        ("2026-03-02 06:01", ["2026-03-02 06:15"], ["schedule deactivations +0 -1"]),
        (
            "2026-03-02 06:01",
            ["2026-03-02 06:15", "2026-03-02 06:30", "2026-03-02 06:45", "2026-03-02 07:00"],
            ["schedule deactivations +0 -1", "schedule full +1 -0"],
        ),
        ("2026-03-02 17:46", ["2026-03-02 18:00"], ["schedule full +1 -1"]),
        ("2026-03-02 18:00:30", ["2026-03-02 18:01", "2026-03-02 23:59", "2026-03-03 05:59"], []),
        ("2026-03-02 18:01", ["2026-03-03 06:00"], ["schedule full +1 -1"]),
        # a weekend
        ("2026-03-07 09:00", ["2026-03-07 12:00", "2026-03-08 06:00", "2026-03-08 18:00", "2026-03-09 05:59"], []),
        ("2026-03-06 18:01", ["2026-03-07 12:00", "2026-03-09 05:59", "2026-03-09 06:00"], ["schedule full +1 -1"]),
        # leap day, year change, no summer time in UTC
        ("2028-02-29 05:00", ["2028-02-29 06:00"], ["schedule full +1 -1"]),
        ("2028-02-28 18:01", ["2028-02-28 23:59", "2028-02-29 06:00"], ["schedule full +1 -1"]),
        ("2026-12-31 18:01", ["2026-12-31 23:59", "2027-01-01 00:00", "2027-01-01 06:00"], ["schedule full +1 -1"]),
        ("2026-03-29 00:30", ["2026-03-29 06:00", "2026-03-30 05:59", "2026-03-30 06:00"], ["schedule full +1 -1"]),
        # no process ran for several scheduled times: one run, and only inside the window
        ("2026-03-02 08:50", ["2026-03-02 11:20"], ["catch-up full +1 -1"]),
        ("2026-03-02 09:01", ["2026-03-02 09:50"], ["catch-up deactivations +0 -1"]),
        ("2026-03-02 17:50", ["2026-03-02 18:05", "2026-03-03 05:59"], []),
        ("2026-03-02 17:50", ["2026-03-02 18:05", "2026-03-03 06:00"], ["schedule full +1 -1"]),
        ("2026-03-06 17:50", ["2026-03-09 09:07"], ["catch-up full +1 -1"]),
        # the same moment twice
        ("2026-03-02 05:30", ["2026-03-02 06:00", "2026-03-02 06:00"], ["schedule full +1 -1"]),
    ],
)
def test_what_runs_when(
    stores: Stores, frozen: FrozenDateTimeFactory, changed: str, moments: list[str], expected: list[str]
) -> None:
    async def story() -> list[str]:
        async with opened_house(stores.new()) as server:
            frozen.move_to(changed)
            await change(server, 1)
            runs = []
            for moment in moments:
                frozen.move_to(moment)
                runs += await server.scheduler.run_due()
            return told(runs)

    assert asyncio.run(story()) == expected


def test_clock_that_was_set_back_has_its_ticks_again(stores: Stores, frozen: FrozenDateTimeFactory) -> None:
    async def story() -> None:
        async with opened_house(stores.new()) as server:
            frozen.move_to("2026-03-02 11:59")
            await change(server, 1)
            frozen.move_to("2026-03-02 12:00")
            assert told(await server.scheduler.run_due()) == ["schedule full +1 -1"]
            frozen.move_to("2026-03-02 09:58")
            await change(server, 2)
            assert await server.scheduler.run_due() == []
            frozen.move_to("2026-03-02 10:00")
            assert told(await server.scheduler.run_due()) == ["schedule full +1 -1"]

    run(story())


def test_run_that_crosses_a_tick_is_followed_by_one_and_never_overlaps(
    stores: Stores, frozen: FrozenDateTimeFactory
) -> None:
    async def story() -> None:
        async with opened_house(stores.new()) as server:
            frozen.move_to("2026-03-02 05:59")
            for number in range(350):  # some batches, between which time passes
                await server.user(userName=f"u{number}@x.com")
            frozen.move_to("2026-03-02 06:00")
            first = asyncio.create_task(server.scheduler.run_due())
            running = server.service.runner.running
            while server.connection_id not in running or not running[server.connection_id].total:
                await asyncio.sleep(0)  # until the run has read whom it looks at
            frozen.move_to("2026-03-02 06:15")
            await server.user(userName="late@x.com")
            second = asyncio.create_task(server.scheduler.run_due())
            manual = asyncio.create_task(server.sync())
            runs = [*await first, *await second, await manual]
            records = (await server.read(lambda: server.service.runner.runs(server.connection_id)))[::-1]
            created = [r["created"] for r in runs]
            assert sum(created) == 351
            assert created[0] == 350
            for before, after in pairwise(records):
                assert before["ended_at"] <= after["started_at"]
            assert len(await server.read(server.accounts)) == 351

    run(story())


def test_runs_of_a_server_that_restarts_are_caught_up_once(stores: Stores, frozen: FrozenDateTimeFactory) -> None:
    data = stores.new()

    async def before() -> None:
        async with opened_house(data) as server:
            frozen.move_to("2026-03-02 08:10")
            await change(server, 1)

    async def after() -> list[str]:
        async with opened_house(data) as server:
            frozen.move_to("2026-03-02 13:20")
            first = await server.scheduler.run_due()
            return told([*first, *await server.scheduler.run_due()])

    asyncio.run(before())
    assert asyncio.run(after()) == ["catch-up full +1 -1"]


# ── against an oracle that looks at every minute ──


class Oracle:
    """Decides every minute on its own what a server that is up must do then: the rule, in the plainest words."""

    def __init__(self) -> None:
        self.missed: set[str] = set()

    def minute(self, now: datetime, up: bool) -> str | None:
        minutes = now.hour * 60 + now.minute
        inside = now.weekday() < 5 and 360 <= minutes <= 1080
        kind = None if not inside or minutes % 15 else "full" if minutes % 60 == 0 else "deactivations"
        if kind is not None:
            self.missed.add(kind)
        if not up:
            return None
        due, self.missed = self.missed, set()
        if not due or not inside:
            return None
        return "full" if "full" in due else "deactivations"


async def walk(frozen: FrozenDateTimeFactory, start: datetime, minutes: int, down: list[tuple[int, int]]) -> None:
    """Minute after minute: what the scheduler does, by the tick it marks, is what the oracle says."""
    frozen.move_to(start)
    with house() as server:
        oracle = Oracle()
        for number in range(1, minutes + 1):
            now = start + number * MINUTE
            frozen.move_to(now)
            up = not any(begin <= number < begin + length for begin, length in down)
            expected = oracle.minute(now, up)
            if not up:
                continue
            before = len(server.service.audit.table)
            user = await server.user(userName=f"u{number}@x.com")
            runs = await server.scheduler.run_due()
            if expected == "full":
                assert [r["kind"] for r in runs] == ["full"], now
                assert server.service.accounts.linked(server.connection_id, user["id"]) is not None
            else:
                assert runs == [], now
                if expected is None:
                    assert len(server.service.audit.table) == before + 1, now


@given(
    start=st.integers(0, 60 * 24 * 9),
    down=st.lists(st.tuples(st.integers(0, 1_400), st.integers(1, 600)), max_size=3),
)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_scheduler_does_what_the_oracle_says(start: int, down: list[tuple[int, int]]) -> None:
    with freeze_time("2026-02-26", real_asyncio=True) as frozen:
        begin = at("2026-02-26") + start * MINUTE
        asyncio.run(walk(frozen, begin, 700, down))  # type: ignore[arg-type]


@pytest.mark.full
@given(
    start=st.integers(0, 60 * 24 * 365 * 3),
    down=st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 3_000)), max_size=4),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_scheduler_does_what_the_oracle_says_at_length(start: int, down: list[tuple[int, int]]) -> None:
    with freeze_time("2026-02-26", real_asyncio=True) as frozen:
        begin = at("2026-02-26") + start * MINUTE
        asyncio.run(walk(frozen, begin, 4_500, down))  # type: ignore[arg-type]


# ── how long a leaver keeps access ──

EXPOSURES = [  # left at, minutes with on_sync
    ("2026-03-02 05:59", 1),
    ("2026-03-02 06:00", 15),
    ("2026-03-02 06:01", 14),
    ("2026-03-02 12:00", 15),
    ("2026-03-02 17:59", 1),
    ("2026-03-02 18:00", 12 * 60),
    ("2026-03-02 18:01", 12 * 60 - 1),
    ("2026-03-03 00:00", 6 * 60),
    ("2026-03-06 17:46", 14),
    ("2026-03-06 18:00", 60 * 60),
    ("2026-03-06 18:01", 60 * 60 - 1),
    ("2026-03-07 12:00", 42 * 60),
    ("2026-03-08 23:59", 6 * 60 + 1),
    ("2028-02-29 18:01", 12 * 60 - 1),
    ("2026-12-31 18:01", 12 * 60 - 1),
]


def moments(end: int, every: int) -> list[int]:
    """The minutes up to `end` at which to look: each nth, counted from the end, and always the first and last two."""
    return [minute for minute in range(end + 1) if minute < 2 or minute >= end - 1 or (end - minute) % every == 0]


@pytest.mark.parametrize(
    ("stores", "left", "minutes", "mode"),
    [
        *(("folder", *exposure, mode) for exposure in EXPOSURES for mode in ("immediate", "on_sync")),
        *(pytest.param("postgres", *exposure, "on_sync", marks=pytest.mark.slow) for exposure in EXPOSURES[::2]),
    ],
    indirect=["stores"],
)
def test_leaver_keeps_access_for(
    stores: Stores, frozen: FrozenDateTimeFactory, left: str, minutes: int, mode: str
) -> None:
    async def story() -> None:
        async with opened_house(stores.new()) as server:
            await server.actions.change_connection(server.connection_id, {"deprovisioning": mode})
            ada = await server.user(userName="ada@x.com")
            frozen.move_to(at(left) - MINUTE)
            await server.sync()
            session = await server.actions.open_session(server.connection_id, shadow_id=ada["id"], email=None)
            frozen.move_to(left)
            await server.scheduler.run_due()
            await server.patch(f"/Users/{ada['id']}", {"op": "replace", "path": "active", "value": False})
            expected = minutes if mode == "on_sync" else 0
            connection = await server.read(lambda: server.connection)
            ends = next_tick(connection.settings, at(left)).at if mode == "on_sync" else at(left)
            assert ends == at(left) + expected * MINUTE
            for waited in moments(expected, every=60 if stores.kind == "postgres" else 1):
                frozen.move_to(at(left) + waited * MINUTE)
                await server.scheduler.run_due()
                held = await server.read(lambda: server.service.sessions.check(session["id"]))
                assert held["valid"] == (waited < expected), waited
            ended = await server.read(lambda: server.service.sessions.check(session["id"]))
            assert ended["ended_at"] == (at(left) + expected * MINUTE).isoformat()

    run(story())


def test_longest_possible_exposure_is_from_friday_evening_to_monday_morning(frozen: FrozenDateTimeFactory) -> None:
    with house() as server:
        settings_ = server.connection.settings
        assert longest_possible(settings_, at("2026-03-02 05:00")) is None
        run(server.actions.change_connection(server.connection_id, {"deprovisioning": "on_sync"}))
        gap = longest_possible(server.connection.settings, at("2026-03-02 05:00"))
        assert gap is not None
        assert (gap.left_at, gap.ends_at) == (at("2026-03-06 18:01"), at("2026-03-09 06:00"))
        assert gap.minutes == 59 * 60 + 59
