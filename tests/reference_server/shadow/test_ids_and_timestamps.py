"""Ids and time stamps of resources."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from reference_server.shadow.ids_and_timestamps import iso, random_uuid, timestamp
from tests.support import MONDAY


def test_ids_are_version_4_uuids() -> None:
    ids = {random_uuid() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(
        (UUID(id_).version, UUID(id_).variant, str(UUID(id_))) == (4, "specified in RFC 4122", id_) for id_ in ids
    )


def test_time_stamps_are_in_utc_with_milliseconds() -> None:
    assert timestamp(iso(MONDAY + timedelta(microseconds=1_999))) == "2026-03-02T05:00:00.001Z"
    assert timestamp(iso(MONDAY)) == "2026-03-02T05:00:00.000Z"
