"""Everyday work: what each unit sends and notes, and which answers do not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loadtests.scenarios.catalog import carry_out
from loadtests.scenarios.everyday import PAGE, full_page, person_called
from loadtests.scenarios.initial_cycle import NotYet, current_values
from loadtests.scenarios.operations import Check
from loadtests.scenarios.workload import Unit, Workload
from simulator.company.people import Company
from simulator.provisioning.request import Request

Answers = Callable[[Request], Any]


def work() -> Workload:
    """All users and groups are stored."""
    company = Company(4711, 20)
    made = Workload(company, company.groups(), ())
    made.record.user_ids = {number: f"u{number}" for number in range(20)}
    made.record.group_ids = {number: f"g{number}" for number in range(len(made.groups))}
    return made


def sent(held: Workload, unit: Unit, answers: Answers) -> tuple[bool, list[str]]:
    """Whether the unit worked, and its requests; an answer that its check rejects is a failure."""
    lines: list[str] = []

    def send(request: Request, check: Check) -> Any:
        lines.append(f"{request.method} {request.path.partition('?')[0]}")
        body = answers(request)
        return None if body is None or check(body) else body

    return carry_out(held, unit, send), lines


def stored(held: Workload, person: int, **changed: Any) -> Answers:
    return lambda request: (
        {} if request.method != "GET" else {**current_values(held, held.company.person(person)), **changed}
    )


def test_a_change_is_read_and_patched_and_a_second_one_differs() -> None:
    held = work()
    before = current_values(held, held.company.person(3))
    assert sent(held, Unit("change", person=3), lambda r: before if r.method == "GET" else {}) == (
        True,
        ["GET /Users/u3", "PATCH /Users/u3"],
    )
    assert held.record.revisions == {3: 1}
    changed = current_values(held, held.company.person(3))
    assert changed != before
    sent(held, Unit("change", person=3), stored(held, 3))
    assert held.record.revisions == {3: 2}
    assert current_values(held, held.company.person(3)) != changed


def test_a_change_that_the_target_rejects_is_noted_anyway() -> None:
    held = work()
    assert sent(held, Unit("change", person=3, number=7), lambda request: None) == (False, ["GET /Users/u3"])
    assert held.record.revisions == {3: 7}


def test_the_answer_about_another_user_is_a_failure() -> None:
    held = work()
    assert sent(held, Unit("read one", person=3), stored(held, 3))[0]
    assert not sent(held, Unit("read one", person=3), stored(held, 4))[0]


def test_a_leaver_is_deactivated_once_and_read_until_inactive() -> None:
    held = work()
    with pytest.raises(NotYet):
        sent(held, Unit("leave", person=3), stored(held, 3, active=True))
    assert held.record.still_active == [3]
    assert sent(held, Unit("leave", person=3), stored(held, 3, active=False)) == (True, ["GET /Users/u3"])
    assert held.record.inactive == {3}
    assert held.record.still_active == []


def test_off_and_on_again_leaves_the_directory_as_it_was() -> None:
    held = work()
    for inactive in ({3}, set()):
        sent(held, Unit("switch", person=3), stored(held, 3))
        assert held.record.inactive == inactive


def test_a_member_leaves_and_comes_back() -> None:
    held = work()
    person = held.groups[0].member_indexes[0]
    unit = Unit("regroup", person=person, group=0)
    for left in ({(0, person)}, set()):
        assert sent(held, unit, lambda request: {}) == (True, ["PATCH /Groups/g0"])
        assert held.record.left_groups == left


@pytest.mark.parametrize(("found", "ok"), [(0, False), (1, True), (2, False)])
def test_a_filter_must_find_exactly_one(found: int, ok: bool) -> None:
    held = work()
    user = {"id": "u3", **current_values(held, held.company.person(3))}
    assert sent(held, Unit("match", person=3), lambda r: {"totalResults": found, "Resources": [user] * found})[0] is ok


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"totalResults": 20, "startIndex": 5, "Resources": [{}]}, None),
        ({"totalResults": 20, "Resources": [{}] * PAGE}, None),
        ({"totalResults": 19, "Resources": [{}]}, "totalResults is less than the number of created users"),
        ({"totalResults": "20", "Resources": [{}]}, "not a ListResponse"),
        ([], "not a ListResponse"),
        ({"totalResults": 20, "Resources": []}, "empty page before the end of the list"),
        ({"totalResults": 200, "Resources": [{}] * (PAGE + 1)}, "more resources than requested"),
        ({"totalResults": 20, "startIndex": 1, "Resources": [{}]}, "startIndex of a different page"),
    ],
)
def test_a_page_must_be_the_one_that_was_asked_for(body: Any, wrong: str | None) -> None:
    assert full_page(5, 20)(body) == wrong


@pytest.mark.parametrize(
    ("body", "right"), [({"userName": "ANN"}, True), ({"userName": "bob"}, False), ({}, False), (None, False)]
)
def test_names_are_compared_case_insensitively(body: Any, right: bool) -> None:
    assert (person_called("ann")(body) is None) is right
