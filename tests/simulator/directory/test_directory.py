"""The directory: every mutation is in the log, memberships hold together, the recycle bin empties after thirty days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.company.people import Company
from simulator.directory.directory import Directory, NoSuchObject
from simulator.lifecycle.events import IN_THE_DIRECTORY, WHAT, EventDoesNotFit, LifecycleEvent, apply_event
from simulator.lifecycle.life import random_life
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


def test_purged_manager_leaves_nobody_reporting_to_him() -> None:
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


@pytest.mark.parametrize("what", [what for what, kind in WHAT.items() if kind in IN_THE_DIRECTORY])
def test_event_that_does_not_fit_says_so(what: str) -> None:
    company, directory = small()
    with pytest.raises(EventDoesNotFit):
        apply_event(
            LifecycleEvent(
                AT,
                what,
                person=99_999 if what != "hired" else 3,
                group=None if what != "group_created" else "Everybody",
            ),
            directory,
            company,
        )


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(0, 500))
def test_memberships_hold_together_through_any_life(seed: int) -> None:
    company = Company(seed, 15)
    directory = Directory.from_company(company, DEFAULT_START)
    for event in random_life(company, seed, DEFAULT_START, 40):
        directory.purge_expired(event.at)
        apply_event(event, directory, company)
        for group in directory.groups.values():
            for member in group.members:
                assert directory.users[member].soft_deleted_at is None
                assert group.object_id in directory.groups_of(member)


@pytest.mark.parametrize("seed", [1, 4711])
def test_every_event_of_a_long_life_fits(seed: int) -> None:
    """Nobody comes back from a recycle bin that was emptied, and no two new groups share an id."""
    company = Company(seed, 300)
    directory = Directory.from_company(company, DEFAULT_START)
    created = 0
    for event in random_life(company, seed, DEFAULT_START, 500):
        directory.purge_expired(event.at)
        held = len(directory.groups)
        apply_event(event, directory, company)
        created += event.what == "group_created"
        assert len(directory.groups) == held + {"group_created": 1, "group_deleted": -1}.get(event.what, 0)
    assert created > 20


def test_life_is_the_same_for_the_same_seed_and_sorted() -> None:
    company = Company(5, 100)
    one, other = (random_life(company, 5, DEFAULT_START, 30) for _ in range(2))
    assert one == other
    assert [event.at for event in one] == sorted(event.at for event in one)
    assert {event.kind for event in one} == {"joiner", "mover", "leaver", "group"}
