"""The schedule: ticks on the hour of working days, deactivations in between (tests/schedule has the whole of it)."""

from __future__ import annotations

from datetime import timedelta

from reference_server.service.connection_settings import ConnectionSettings
from reference_server.sync.schedule import is_open, next_tick, ticks_between, upcoming
from tests.support import MONDAY

DEFAULT = ConnectionSettings()


def test_a_day_has_thirteen_full_ticks_and_deactivations_between_them() -> None:
    ticks = ticks_between(DEFAULT, MONDAY, MONDAY + timedelta(days=1))
    assert sum(tick.full for tick in ticks) == 13
    assert len(ticks) == 12 * 4 + 1
    assert ticks == upcoming(DEFAULT, MONDAY, len(ticks))


def test_nothing_happens_on_a_weekend() -> None:
    friday_evening = MONDAY + timedelta(days=4, hours=13)
    assert next_tick(DEFAULT, friday_evening).at == MONDAY + timedelta(days=7, hours=1)
    assert is_open(DEFAULT, friday_evening)
    assert not is_open(DEFAULT, friday_evening + timedelta(minutes=1))
