"""Cohorts: resources of one check, a filter that chooses exactly them, and pages that end."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.discovery import Target
from conformance.topics.cohorts import (
    MOST_PAGES,
    Cohort,
    cohort,
    cursor_pages,
    cursor_rejected,
    full_resource,
    holds_items_per_page,
    ids_in,
    need_index_pages,
    page,
    search,
    user_with_password,
)
from tests.conformance.answers import answer
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, parameters, session, users_by_filter
from tests.fake_target import LIST, Answer, FakeTarget, Received, fake_target

CURSORS = Target({"filter": {"supported": True}, "pagination": {"cursor": True, "index": False}})
OLD = Cohort("/Users", [{"id": "1"}], "userName pr", "mark")


def made(target: FakeTarget, scim: Session, **options: Any) -> Cohort:
    target.rule = lambda request: users_by_filter(target, request)
    return cohort(scim, **options)


def test_a_cohort_is_chosen_by_the_beginning_of_its_names() -> None:
    with fake_target() as target:
        target.hold("Users", "other", userName="somebody@check.example")
        of = made(target, session(target), each=lambda number: {"title": f"t{number}"})
        assert of.filter == f'userName sw "{of.mark}."'
        assert [name["userName"] for name in of.resources] == [f"{of.mark}.{end}@check.example" for end in "abc"]
        assert [target.resources[f"Users/{id_}"]["title"] for id_ in of.ids] == ["t0", "t1", "t2"]
        assert ids_in(page(session(target), of).json["Resources"]) == of.ids


def test_a_target_without_the_operator_sw_is_asked_for_each_name() -> None:
    def answer(request: Received) -> Answer | str:
        if request.method == "GET" and " sw " in parameters(request)["filter"]:
            return error(400, "invalidFilter")
        return users_by_filter(target, request)

    with fake_target() as target:
        target.rule = answer
        of = cohort(session(target), 2)
        assert of.filter == " or ".join(f'userName eq "{user["userName"]}"' for user in of.resources)


def test_a_target_that_ignores_filters_has_no_cohort() -> None:
    with fake_target() as target:
        target.hold("Users", "other", userName="somebody")
        everyone = {"schemas": [LIST], "totalResults": 1, "Resources": [{"id": "other"}]}
        target.rule = lambda request: (200, everyone) if request.method == "GET" else "well"
        with pytest.raises(NotOffered, match="a filter at /Users that matches several resources"):
            cohort(session(target))


def test_pages_by_index_are_not_asked_of_a_target_that_pages_by_cursor_only() -> None:
    with pytest.raises(NotOffered, match=r"pagination\.index"):
        need_index_pages(session(known=CURSORS))
    with pytest.raises(NotOffered):
        page(session(known=CURSORS), OLD, count=1)
    need_index_pages(session(known=Target({"pagination": {"cursor": True}})))


def test_a_walk_by_cursor_sends_each_cursor_and_ends_without_one() -> None:
    def answer(request: Received) -> Answer:
        number = int(parameters(request).get("cursor", "0"))
        more = {"nextCursor": str(number + 1)} if number < 2 else {}
        return 200, {"schemas": [LIST], "totalResults": 3, "Resources": [{"id": str(number)}], **more}

    with fake_target(answer) as target:
        walked = list(cursor_pages(session(target, CURSORS), OLD, count=1))
        assert [answer.json["Resources"][0]["id"] for answer in walked] == ["0", "1", "2"]
        assert {parameters(request)["count"] for request in target.received} == {"1"}


def test_a_walk_by_cursor_that_does_not_end_is_a_finding() -> None:
    endless = {"schemas": [LIST], "totalResults": 3, "Resources": [], "nextCursor": "again"}
    with fake_target(lambda request: (200, endless)) as target:
        with pytest.raises(Finding, match="do not end"):
            list(cursor_pages(session(target, CURSORS), OLD))
        assert len(target.received) == MOST_PAGES


def test_cursors_that_are_not_advertised_are_not_used() -> None:
    with pytest.raises(NotOffered, match=r"pagination\.cursor"):
        list(cursor_pages(session(known=Target({"filter": {"supported": True}})), OLD))


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_a_target_without_search_does_not_offer_it(status: int) -> None:
    with fake_target(lambda request: error(status)) as target, pytest.raises(NotOffered):
        search(session(target), "/Users", count=1)


def test_a_full_resource_that_is_rejected_leaves_the_check_undecided() -> None:
    with fake_target() as target:
        assert "password" not in full_resource(session(target), "User")
        target.rule = lambda request: error(400, "invalidValue", "not like that")
        with pytest.raises(Undecided, match=r"a User with every attribute returned 400 \(not like that\)"):
            full_resource(session(target), "User")


@pytest.mark.parametrize(("status", "raised"), [(400, NotOffered), (500, Undecided)])
def test_a_target_without_passwords_does_not_offer_them(status: int, raised: type[Exception]) -> None:
    with fake_target(lambda request: error(status)) as target, pytest.raises(raised):
        user_with_password(session(target, TARGET), "t1me5-Ahead")


def test_an_error_about_paging_is_judged_by_its_class() -> None:
    scim, body = session(), {"schemas": [expect.ERROR_URN], "status": "400", "scimType": "invalidCursor"}
    cursor_rejected(scim, answer(400, body), "invalidCursor")
    assert scim.remarks == []
    cursor_rejected(scim, answer(400, {**body, "scimType": "invalidValue"}), "invalidCursor")
    cursor_rejected(scim, answer(404, {**body, "status": "404"}), "invalidCursor")
    assert [remark.verdict for remark in scim.remarks] == ["WARN", "WARN"]
    for status in (200, 500):
        with pytest.raises(Finding, match="does not reject"):
            cursor_rejected(scim, answer(status, {}), "invalidCursor")


def test_items_per_page_is_what_the_page_holds() -> None:
    scim, page_of_one = session(), {"Resources": [{"id": "1"}]}
    holds_items_per_page(scim, answer(200, {**page_of_one, "itemsPerPage": 1}), 2)
    assert scim.remarks == []
    holds_items_per_page(scim, answer(200, {**page_of_one, "itemsPerPage": 2}), 2)
    assert [remark.message for remark in scim.remarks] == [
        "itemsPerPage repeats count instead of the number of resources in the page"
    ]
    for wrong in ({"itemsPerPage": 3}, {"itemsPerPage": "1"}, {}):
        with pytest.raises(Finding, match="itemsPerPage"):
            holds_items_per_page(scim, answer(200, {**page_of_one, **wrong}), 2)
