"""An event that cannot happen in the directory is rejected."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.lifecycle.lifecycle_events import IN_THE_DIRECTORY, WHAT, EventDoesNotFit, LifecycleEvent, apply_event

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def small() -> tuple[Company, Directory]:
    company = Company(7, 20)
    return company, Directory.from_company(company, AT)


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
