"""What checks of large sizes share: who is missing or repeated is counted, a rejection is a warning, walks end."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.crowd import GROUPS, Crowd
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.topics.crowds import (
    MOST_PAGES,
    accepted_or_rejected,
    by_size,
    each_once,
    has_members,
    members_of,
    need_crowd,
    need_large_group,
    need_many_groups,
    new_large_group,
    shown_groups,
    walk,
)
from tests.conformance.answers import answer
from tests.conformance.topics.sessions import error, parameters, session
from tests.fake_target import LIST, Answer, FakeTarget, Received, fake_target

IDS = tuple(f"u{number}" for number in range(250))


def with_crowd(scim: Session, **facts: Any) -> Session:
    scim.crowd = Crowd("mark", IDS, **facts)
    return scim


def group(*ids: str) -> dict[str, Any]:
    return {"id": "g", "members": members_of(ids)}


def test_what_the_crowd_lacks_is_not_offered() -> None:
    with pytest.raises(NotOffered, match="1,050 users: this run did not create them"):
        need_crowd(session())
    with pytest.raises(NotOffered, match="a group of 250 members"):
        need_large_group(with_crowd(session()))
    some = {"id": "g", "displayName": "mark"}
    with pytest.raises(NotOffered, match=f"{GROUPS} groups"):
        need_many_groups(with_crowd(session(), group=some))
    full = with_crowd(session(), group=some, groups=tuple(map(str, range(GROUPS))))
    assert need_many_groups(full) == (full.crowd, some)


@pytest.mark.parametrize(
    ("groups", "shown"),
    [(["a", "b"], {"a", "b"}), (["b", "of another check"], {"b"}), (["of another check"], set()), ([], set())],
)
def test_only_the_groups_of_the_check_count(groups: list[str], shown: set[str]) -> None:
    """A user that shows only a group of another check shows none: the server may not support the groups of users at all."""
    assert shown_groups({"groups": [{"value": id_} for id_ in groups]}, {"a", "b"}) == shown


@pytest.mark.parametrize(
    ("shown", "got"),
    [
        (group(*IDS[:100]), "100: 150 missing"),
        (group(*IDS, "stranger"), "251: 1 unexpected"),
        (group(*IDS, IDS[0]), "251: 1 repeated"),
        ({"id": "g"}, "0: 250 missing"),
    ],
)
def test_members_are_counted(shown: dict[str, Any], got: str) -> None:
    with pytest.raises(Finding) as raised:
        has_members(shown, IDS, "GET")
    assert (raised.value.expected, raised.value.got) == ("250 members", got)


def test_the_order_of_members_is_free() -> None:
    has_members(group(*reversed(IDS)), IDS, "GET")


def test_a_rejection_is_a_warning_and_a_500_is_a_failure() -> None:
    scim = session()
    refused = answer(413, error(413, detail="too many")[1])
    assert accepted_or_rejected(scim, refused, "a PATCH of 101 operations", "providers send it") is False
    assert scim.remarks[-1].verdict is Verdict.WARN
    assert "providers send it" in scim.remarks[-1].message
    assert accepted_or_rejected(scim, answer(204), "a PATCH", "x") is True
    with pytest.raises(Finding):
        accepted_or_rejected(scim, answer(500, error(500)[1]), "a PATCH", "x")


def test_a_group_is_filled_in_portions_where_all_at_once_is_rejected() -> None:
    def rule(request: Received) -> Answer | str:
        large = request.method == "POST" and len(request.json.get("members", ())) > 100
        return error(400, "invalidValue") if large else "well"

    with fake_target() as target:
        target.rule = rule
        scim = session(target)
        made = new_large_group(scim, IDS)
        has_members(target.resources[f"Groups/{made['id']}"], IDS, "the target")
        assert len(target.lines("PATCH")) == 3


def pages_of(target: FakeTarget, held: int, page: int, total: int | None = None) -> None:
    def rule(request: Received) -> Answer:
        start = int(parameters(request)["startIndex"])
        items = [{"id": f"u{n}"} for n in range(start - 1, min(held, start - 1 + page))]
        return 200, {"schemas": [LIST], "totalResults": held if total is None else total, "Resources": items}

    target.rule = rule


def test_a_walk_continues_behind_what_each_page_holds() -> None:
    with fake_target() as target:
        pages_of(target, 1_050, 30)
        shown, totals = walk(session(target), "/Users", 'userName sw "x"', 1_050, count=100)
        each_once(shown, [f"u{n}" for n in range(1_050)], totals)


def test_a_walk_does_not_believe_a_total_that_is_too_small() -> None:
    with fake_target() as target:
        pages_of(target, 1_050, 100, total=100)
        shown, totals = walk(session(target), "/Users", 'userName sw "x"', 1_050)
        assert len(shown) == 1_050
        with pytest.raises(Finding, match="totalResults"):
            each_once(shown, [f"u{n}" for n in range(1_050)], totals)


def test_a_walk_over_tiny_pages_is_given_up() -> None:
    with fake_target() as target:
        pages_of(target, 10_000, 2)
        with pytest.raises(NotOffered):
            walk(session(target), "/Users", 'userName sw "x"', 1_050)
        assert len(target.received) == MOST_PAGES


@pytest.mark.parametrize(
    ("shown", "got"),
    [
        (["a"], "1 entry, 1 missing, 0 repeated"),
        (["a", "b", "b"], "3 entries, 0 missing, 1 repeated"),
        (["a", "b", "c"], "3 entries"),
    ],
)
def test_entries_that_are_lost_or_repeated_are_counted(shown: list[str], got: str) -> None:
    with pytest.raises(Finding) as raised:
        each_once(shown, ["a", "b"], {2})
    assert raised.value.got.startswith(got)


@pytest.mark.parametrize(
    ("large", "small", "result"),
    [
        ("works", "works", None),
        ("fails", "works", Finding),
        ("fails", "fails", NotOffered),
        ("fails", "is rejected", NotOffered),
        ("is rejected", "works", "a warning"),
        ("is rejected", "is rejected", NotOffered),
        ("is rejected", "fails", NotOffered),
        ("cannot be tried", "works", Undecided),
    ],
)
def test_only_what_works_with_a_small_size_is_judged(large: str, small: str, result: Any) -> None:
    scim = session()
    scim.warn("an earlier remark")

    def attempt(how: str) -> None:
        if how == "is rejected":
            scim.warn(how)
        elif how != "works":
            raise (Undecided if how == "cannot be tried" else Finding)(how)

    if isinstance(result, type):
        with pytest.raises(Finding) as raised:
            by_size(scim, attempt, large, small)
        assert type(raised.value) is result
    else:
        by_size(scim, attempt, large, small)
    expected = ["an earlier remark", *(["is rejected"] if result == "a warning" else [])]
    assert [remark.message for remark in scim.remarks] == expected
