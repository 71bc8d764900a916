"""Settings: where data and schemas are, and what is shown of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.settings import CONNECTIONS_BEYOND_LOOPBACK, RATE_BEYOND_LOOPBACK, Settings, default_data_folder


def test_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert default_data_folder() == Path("/xdg/scimulator")


@pytest.mark.parametrize(
    ("settings", "folder", "place"),
    [
        (Settings(data="/d"), Path("/d/schemas"), "Folder /d"),
        (Settings(data="/d", schemas=Path("/s")), Path("/s"), "Folder /d"),
        (Settings(data="postgresql://u:secret@h:5/db"), None, "Database db at h:5"),
    ],
)
def test_places(settings: Settings, folder: Path | None, place: str) -> None:
    assert (settings.schemas_folder, settings.place) == (folder, place)


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (Settings(), 0),
        (Settings(host="0.0.0.0"), RATE_BEYOND_LOOPBACK),
        (Settings(host="0.0.0.0", requests_per_second=0), 0),
        (Settings(requests_per_second=5), 5),
    ],
)
def test_rate_limit_is_off_on_loopback(settings: Settings, limit: int) -> None:
    assert settings.rate_limit == limit


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        (Settings(), 0),
        (Settings(host="0.0.0.0"), CONNECTIONS_BEYOND_LOOPBACK),
        (Settings(host="0.0.0.0", max_connections_per_address=0), 0),
        (Settings(max_connections_per_address=5), 5),
    ],
)
def test_connections_per_address_are_unlimited_on_loopback(settings: Settings, limit: int) -> None:
    assert settings.most_connections_per_address == limit
