"""The flags of `scimulator serve` reach the settings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from reference_server import cli, run
from reference_server.settings import Settings
from scimulator import open_judge

WITH_A_JUDGE: Any = SimpleNamespace(obj=open_judge)  # the context of the command line


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    found: list[Settings] = []
    monkeypatch.setattr(run, "run", found.append)
    return found


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, {"host": "127.0.0.1", "port": 8080, "strict": False, "workers": 1}),
        ({"strict": True, "rate_limit": 5}, {"strict": True, "requests_per_second": 5}),
        ({"max_connections": 9}, {"max_connections": 9, "max_connections_per_address": None}),
        ({"max_connections_per_address": 5}, {"max_connections": 1_000, "max_connections_per_address": 5}),
        ({"public_url": "https://x.example/"}, {"public_url": "https://x.example"}),
        (
            {"virtual_clock": True, "clock_start": "2026-03-02T06:00:00"},
            {"virtual_clock": True, "clock_start": datetime(2026, 3, 2, 6, tzinfo=UTC)},
        ),
        ({"schemas": Path("s"), "data": "d"}, {"schemas": Path("s"), "data": "d"}),
    ],
)
def test_flags(started: list[Settings], flags: dict[str, Any], expected: dict[str, Any]) -> None:
    cli.serve(WITH_A_JUDGE, **flags)
    (settings,) = started
    assert {name: getattr(settings, name) for name in expected} == expected
    assert settings.open_judge is open_judge


@pytest.mark.parametrize(
    "flags", [{"clock_start": "soon"}, {"clock_start": "2026-03-02T06:00:00"}, {"workers": 2, "data": "folder"}]
)
def test_flags_that_do_not_fit_end_with_2(started: list[Settings], flags: dict[str, Any]) -> None:
    with pytest.raises(typer.Exit) as ended:
        cli.serve(WITH_A_JUDGE, **flags)
    assert (ended.value.exit_code, started) == (2, [])
