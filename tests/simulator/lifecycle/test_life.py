"""A random life: every event fits, and the same seed gives the same life."""

from __future__ import annotations

import pytest

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.lifecycle.life import random_life
from simulator.lifecycle.lifecycle_events import apply_event
from simulator.scenario.model import DEFAULT_START


@pytest.mark.parametrize("seed", [1, 4711])
def test_every_event_of_a_long_life_fits(seed: int) -> None:
    """No user returns from an emptied recycle bin, and no two new groups share an id."""
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


def test_a_life_of_no_days_has_no_events() -> None:
    assert random_life(Company(5, 100), 5, DEFAULT_START, 0) == []
