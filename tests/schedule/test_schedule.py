"""The schedule: a table of moments, and a slow oracle that walks minute by minute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from reference_server.clock import SystemClock, VirtualClock
from reference_server.service.connection_settings import ConnectionSettings
from reference_server.sync.schedule import is_open, next_tick, ticks_between

DEFAULT = ConnectionSettings()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "until", "expected"),
    [
        ("2026-03-02 05:59", "2026-03-02 06:00", ["06:00F"]),
        ("2026-03-02 05:00", "2026-03-02 05:59", []),
        ("2026-03-02 06:00", "2026-03-02 06:30", ["06:15", "06:30"]),
        ("2026-03-02 17:45", "2026-03-02 18:00", ["18:00F"]),
        ("2026-03-02 18:00", "2026-03-03 05:59", []),
        ("2026-03-06 18:01", "2026-03-09 05:59", []),
        ("2026-03-06 18:01", "2026-03-09 06:00", ["06:00F"]),
        ("2026-03-07 00:00", "2026-03-08 23:59", []),
        ("2028-02-29 05:59", "2028-02-29 06:15", ["06:00F", "06:15"]),
        ("2026-12-31 17:59", "2027-01-01 06:00", ["18:00F", "06:00F"]),
        ("2026-03-02 12:00", "2026-03-02 11:00", []),
    ],
)
def test_ticks_between_two_moments(after: str, until: str, expected: list[str]) -> None:
    ticks = ticks_between(DEFAULT, at(after), at(until))
    assert [tick.at.strftime("%H:%M") + ("F" if tick.full else "") for tick in ticks] == expected


def minute_oracle(settings: ConnectionSettings, after: datetime, until: datetime) -> list[tuple[datetime, bool]]:
    """Ask every minute on its own."""
    found = []
    moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while moment <= until:
        minutes = moment.hour * 60 + moment.minute
        since = minutes - settings.window_start_hour * 60
        inside = moment.weekday() < 5 and since >= 0 and minutes <= settings.window_end_hour * 60
        full = inside and since % settings.sync_every_minutes == 0
        if full or (inside and since % settings.deactivate_every_minutes == 0):
            found.append((moment, full))
        moment += timedelta(minutes=1)
    return found


@pytest.mark.parametrize("start", ["2026-03-01", "2026-12-20", "2028-02-20"])
def test_schedule_equals_the_minute_oracle(start: str) -> None:
    after, until = at(start), at(start) + timedelta(days=21)
    assert [(t.at, t.full) for t in ticks_between(DEFAULT, after, until)] == minute_oracle(DEFAULT, after, until)


def test_schedule_equals_the_minute_oracle_over_three_years() -> None:
    after = at("2026-01-01")
    until = after + timedelta(days=3 * 365 + 1)
    assert [(t.at, t.full) for t in ticks_between(DEFAULT, after, until)] == minute_oracle(DEFAULT, after, until)


@given(
    st.builds(
        ConnectionSettings,
        sync_every_minutes=st.integers(1, 240),
        deactivate_every_minutes=st.integers(1, 240),
        window_start_hour=st.integers(0, 12),
        window_end_hour=st.integers(12, 23),
    ),
    st.integers(0, 60 * 24 * 7),
    st.integers(0, 60 * 24 * 2),
)
def test_any_settings_equal_the_minute_oracle(settings: ConnectionSettings, offset: int, length: int) -> None:
    after = at("2026-03-02") + timedelta(minutes=offset)
    until = after + timedelta(minutes=length)
    assert [(t.at, t.full) for t in ticks_between(settings, after, until)] == minute_oracle(settings, after, until)


@given(st.integers(0, 60 * 24 * 14), st.integers(0, 60 * 24 * 5), st.integers(0, 60 * 24 * 5))
def test_looking_in_two_steps_finds_the_same(offset: int, first: int, second: int) -> None:
    a = at("2026-03-02") + timedelta(minutes=offset)
    b, c = a + timedelta(minutes=first), a + timedelta(minutes=first + second)
    assert ticks_between(DEFAULT, a, b) + ticks_between(DEFAULT, b, c) == ticks_between(DEFAULT, a, c)


@pytest.mark.parametrize(
    ("moment", "following"),
    [
        ("2026-03-02 05:00", "2026-03-02 06:00"),
        ("2026-03-06 18:00", "2026-03-09 06:00"),
        ("2026-03-02 06:00", "2026-03-02 06:15"),
    ],
)
def test_next_tick(moment: str, following: str) -> None:
    assert next_tick(DEFAULT, at(moment)).at == at(following)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-03-02 06:00", True),
        ("2026-03-02 05:59", False),
        ("2026-03-02 18:00", True),
        ("2026-03-02 18:01", False),
        ("2026-03-07 12:00", False),
    ],
)
def test_window(moment: str, opened: bool) -> None:
    assert is_open(DEFAULT, at(moment)) is opened


def test_system_clock_is_what_freezegun_freezes() -> None:
    with freeze_time("2026-03-06 18:01:00", real_asyncio=True):
        assert SystemClock().now() == at("2026-03-06 18:01")
        assert next_tick(DEFAULT, SystemClock().now()).at == at("2026-03-09 06:00")


def test_system_clock_does_not_wait_for_what_is_past() -> None:
    async def wait() -> None:
        clock = SystemClock()
        await asyncio.wait_for(clock.sleep_until(clock.now() - timedelta(days=1)), 5)

    asyncio.run(wait())


def test_virtual_clock_only_goes_forward() -> None:
    clock = VirtualClock(at("2026-03-02"))
    clock.set(at("2026-03-03"))
    assert clock.now() == at("2026-03-03")
    with pytest.raises(ValueError, match="before"):
        clock.set(at("2026-03-02"))
    with pytest.raises(ValueError, match="offset"):
        clock.set(at("2026-03-04").replace(tzinfo=None))
