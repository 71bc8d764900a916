"""Settings of a connection: each is checked, and the rest stays."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.service.connection_settings import NAMES, ConnectionSettings, merge_settings
from reference_server.service.tenants import Invalid


def test_defaults_can_all_be_set_again() -> None:
    defaults = {name: getattr(ConnectionSettings(), name) for name in NAMES}
    assert merge_settings({}, defaults) == defaults
    assert merge_settings({"brake": "stop"}, {"me": "ada"}) == {"brake": "stop", "me": "ada"}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"nonsense": 1}, "nonsense: unknown setting"),
        ({"brake": "go"}, 'brake: expected one of warn, stop, off; got "go"'),
        ({"brake_percent": 101}, "brake_percent: expected a percentage"),
        ({"adopt": 1}, "adopt: expected true or false"),
        ({"sync_every_minutes": True}, "sync_every_minutes: expected a number of minutes"),
        ({"group_mappings": {"g": {"roles": "x"}}}, "group_mappings: expected"),
        ({"window_start_hour": 19}, "window_start_hour: expected an hour not later than"),
        ({"me": 1}, "me: expected a userName"),
    ],
)
def test_what_does_not_fit_is_rejected(wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        merge_settings({}, wanted)
