"""The directory: every mutation is in the log, and the recycle bin empties after thirty days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.company.people import Company
from simulator.directory.directory import Directory, NoSuchObject
from simulator.lifecycle.life import random_life
from simulator.lifecycle.lifecycle_events import apply_event
from simulator.scenario.model import DEFAULT_START

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def small() -> tuple[Company, Directory]:
    company = Company(7, 20)
    return company, Directory.from_company(company, AT)


def test_change_log_is_read_by_watermark() -> None:
    company, directory = small()
    mark = directory.log.watermark
    anna = company.object_id("person", 3)
    directory.update_user(AT, anna, jobTitle="Lead")
    directory.update_user(AT, anna, jobTitle="Lead")
    directory.block(AT, anna)
    assert [(c.object_id, c.what, c.attributes) for c in directory.log.since(mark)] == [
        (anna, "updated", ("jobTitle",)),
        (anna, "blocked", ("accountEnabled",)),
    ]
    assert directory.log.since(directory.log.watermark) == []


def test_soft_deleted_user_drops_out_of_groups_and_is_purged_after_thirty_days() -> None:
    company, directory = small()
    anna = company.object_id("person", 3)
    assert directory.groups_of(anna)
    directory.soft_delete(AT, anna)
    assert directory.groups_of(anna) == []
    assert directory.purge_expired(AT + timedelta(days=29, hours=23)) == []
    assert directory.purge_expired(AT + timedelta(days=30)) == [anna]
    assert anna not in directory.users


def test_purged_manager_leaves_no_one_reporting_to_him() -> None:
    company, directory = small()
    boss = company.object_id("person", 0)
    directory.purge(AT, boss)
    assert [user.manager for user in directory.users.values() if user.manager == boss] == []


def test_unknown_objects_are_named() -> None:
    _, directory = small()
    with pytest.raises(NoSuchObject, match="no user nobody"):
        directory.user("nobody")
    with pytest.raises(NoSuchObject, match="no group nothing"):
        directory.rename_group(AT, "nothing", "x")


@given(st.integers(0, 500), st.booleans())
def test_memberships_hold_together_through_any_life(seed: int, bin_keeps_memberships: bool) -> None:
    company = Company(seed, 15)
    directory = Directory.from_company(company, DEFAULT_START)
    directory.bin_keeps_memberships = bin_keeps_memberships
    for event in random_life(company, seed, DEFAULT_START, 40):
        directory.purge_expired(event.at)
        apply_event(event, directory, company)
        for group in directory.groups.values():
            for member in group.members:
                assert directory.users[member].soft_deleted_at is None
                assert group.object_id in directory.groups_of(member)


def test_memberships_that_the_bin_keeps_come_back_unless_they_ended_meanwhile() -> None:
    directory = Directory()
    directory.bin_keeps_memberships = True
    directory.add_user(AT, {"objectId": "anna"})
    for name in ("stays", "deleted", "left"):
        directory.add_group(AT, name, name)
        directory.add_member(AT, name, "anna")
    watermark = directory.log.watermark
    directory.soft_delete(AT, "anna")
    assert not directory.groups["stays"].members
    assert directory.groups_of("anna") == ["stays", "deleted", "left"]
    directory.delete_group(AT, "deleted")
    directory.remove_member(AT, "left", "anna")
    directory.restore(AT, "anna")
    assert directory.groups["stays"].members == {"anna": None}
    assert not directory.groups["left"].members
    told = [(change.object_id, change.what) for change in directory.log.since(watermark)]
    assert told == [("anna", "soft_deleted"), ("deleted", "purged"), ("left", "members"), ("anna", "restored")]


def test_what_is_seen_late_happens_in_its_order_when_its_time_has_come() -> None:
    _, directory = small()
    made: list[str] = []
    for name, minutes in (("later", 9), ("first", 2), ("second", 2), ("at once", 0)):
        directory.defer(AT, timedelta(minutes=minutes), partial(made.append, name))
    assert made == ["at once"]
    directory.catch_up(AT + timedelta(minutes=1))
    assert made == ["at once"]
    directory.catch_up(AT + timedelta(minutes=2))
    assert made == ["at once", "first", "second"]
    directory.catch_up(AT + timedelta(days=1))
    assert made[3:] == ["later"]
