"""The virtual clock goes forward only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from reference_server.clock import SystemClock, VirtualClock
from tests.support import MONDAY


def test_virtual_clock_stands_still_until_it_is_set() -> None:
    clock = VirtualClock(MONDAY)
    assert clock.now() == MONDAY
    clock.set(MONDAY + timedelta(hours=1))
    assert clock.now() == MONDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    "moment", [MONDAY - timedelta(seconds=1), MONDAY.replace(tzinfo=None)], ids=["past", "no offset"]
)
def test_virtual_clock_rejects(moment: datetime) -> None:
    with pytest.raises(ValueError, match="now: "):
        VirtualClock(MONDAY).set(moment)


def test_system_clock_is_aware_and_waits_for_no_moment_that_is_over() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    asyncio.run(clock.sleep_until(clock.now() - timedelta(days=1)))
