"""The verifiers: what passes, and what each finding is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from tests.conformance.answers import answer
from tests.conformance.topics.sessions import session

ERROR = {"schemas": [expect.ERROR_URN], "status": "400", "scimType": "invalidFilter"}
PAGE = {"schemas": [expect.LIST_URN], "totalResults": 1, "Resources": [{"id": "1"}]}


@pytest.mark.parametrize(
    ("verify", "message"),
    [
        (lambda: expect.status(answer(404), 200), "unexpected status"),
        (lambda: expect.scim_error(answer(400, {}), 400), "the body is not a SCIM error"),
        (
            lambda: expect.scim_error(answer(404, {**ERROR, "status": 404}), 404),
            "the status in the error body is not the HTTP",
        ),
        (lambda: expect.scim_error(answer(400, ERROR), 400, "invalidValue"), "unexpected scimType"),
        (lambda: expect.keyword(session(), answer(400, {**ERROR, "scimType": {}}), 400, "a"), "unexpected scimType"),
        (
            lambda: expect.keyword(session(), answer(400, {**ERROR, "scimType": [None]}), 400, "a"),
            "unexpected scimType",
        ),
        (lambda: expect.refused(answer(200, {})), "the server does not reject the request"),
        (lambda: expect.listing(answer(200, {"Resources": []})), "the response is not a ListResponse"),
        (lambda: expect.listing(answer(200, {**PAGE, "totalResults": "1"})), "totalResults is not an integer"),
        (lambda: expect.listing(answer(200, {**PAGE, "Resources": {}})), "Resources is missing or is not a list"),
        (lambda: expect.found(answer(200, PAGE), {"id": "2"}), "the filter returned the wrong resources"),
        (lambda: expect.equal(1, True, "active"), "active: unexpected value"),
        (lambda: expect.present(False, "the ETag"), "the ETag is missing"),
        (lambda: expect.lacks({"title": "x"}, "title"), "title still has a value"),
        (lambda: expect.written(answer(204, {"id": "1"})), "the 204 has a body"),
        (lambda: expect.written(answer(200)), "the body of the 200 is not the resource"),
        (lambda: expect.moment("2026-01-31", "created"), "created is not an xsd:dateTime"),
    ],
)
def test_what_is_wrong_is_a_finding(verify: Callable[[], Any], message: str) -> None:
    with pytest.raises(Finding, match=message):
        verify()


def test_what_is_right_passes() -> None:
    expect.scim_error(answer(400, ERROR), 400, "invalidFilter", "invalidSyntax")
    expect.refused(answer(400, ERROR), "invalidFilter")
    expect.found(answer(200, PAGE), {"id": "1"})
    expect.holds({"active": True, "title": "x"}, active=True, title="x")
    expect.lacks({"title": ""}, "title", "nickName")
    expect.written(answer(204))
    assert expect.listing(answer(200, {**PAGE, "Resources": [{"id": "1"}, "junk"]})) == [{"id": "1"}]
    assert expect.moment("2026-01-31T12:00:00Z", "created").year == 2026


def test_a_501_means_that_the_feature_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        expect.refused(answer(501, {}))


def test_a_create_without_a_resource_leaves_the_check_undecided() -> None:
    with pytest.raises(Undecided):
        expect.created(answer(201, {"userName": "x"}))
    assert expect.created(answer(201, {"id": "1"})) == {"id": "1"}


def test_a_value_that_the_server_assigns_is_a_note_and_one_that_stays_is_a_finding() -> None:
    scim, sent = session(), [{"value": "A@check.example", "type": "work"}]
    assert expect.cleared(scim, {"title": ""}, emails=sent, title="Old")
    assert scim.remarks == []
    assert not expect.cleared(scim, {"emails": [{"value": "other@check.example"}]}, emails=sent, title="Old")
    assert [(remark.message, remark.verdict) for remark in scim.remarks] == [
        ("the server assigns emails a value of its own", "NOTE")
    ]
    for held in ({"emails": [{"value": "a@check.example"}]}, {"title": "Old"}):
        with pytest.raises(Finding, match="still has a value"):
            expect.cleared(scim, held, emails=sent, title="Old")


def test_another_spelling_of_a_key_is_named() -> None:
    with pytest.raises(Finding) as found:
        expect.resource_type({"meta": {"ResourceType": "User"}}, "User")
    assert (found.value.message, found.value.got) == (
        "meta.resourceType: unexpected value",
        "found `ResourceType`",
    )
    with pytest.raises(Finding) as held:
        expect.holds({"username": "a"}, userName="a")
    assert held.value.got == "found `username`"


def test_what_the_server_said_is_shown_with_its_keyword() -> None:
    body = {"schemas": [expect.ERROR_URN], "status": "400", "scimType": "invalidValue", "detail": "no"}
    with pytest.raises(Finding) as found:
        expect.status(answer(400, body), 200)
    assert found.value.got == "400 (invalidValue: no)"


def test_a_filter_that_is_declined_is_a_warning_unless_another_spelling_is_evaluated() -> None:
    user, declined, missing = {"id": "1"}, answer(400, ERROR), answer(501, {**ERROR, "status": "501"})
    for refused in (declined, missing):
        scim = session()
        expect.chosen(scim, refused, user)
        assert [(remark.message, remark.verdict) for remark in scim.remarks] == [
            ("the server rejects the filter", "WARN")
        ]
        expect.chosen(scim, refused, user, optional=True)
        expect.chosen(scim, refused, user, optional=True, plain=declined)
        assert len(scim.remarks) == 1
        with pytest.raises(Finding, match="unexpected status"):
            expect.chosen(scim, refused, user, plain=answer(200, PAGE))
        with pytest.raises(NotOffered, match="a filter on id"):
            expect.evaluated(refused, "a filter on id")
    with pytest.raises(Finding, match="returned the wrong resources"):
        expect.chosen(session(), answer(200, PAGE), {"id": "2"})
    assert expect.evaluated(answer(200, PAGE), "x").status == 200


@pytest.mark.parametrize(("verify", "best", "other"), [(expect.not_found, 404, 400), (expect.unauthorized, 401, 403)])
def test_another_rejection_than_the_advised_one_is_a_warning(
    verify: Callable[[Session, Answer], None], best: int, other: int
) -> None:
    scim = session()
    verify(scim, answer(best, {**ERROR, "status": str(best)}))
    assert scim.remarks == []
    verify(scim, answer(other, {**ERROR, "status": str(other)}))
    assert [(remark.verdict, remark.expected) for remark in scim.remarks] == [("WARN", str(best))]
    for status in (200, 500):
        with pytest.raises(Finding):
            verify(scim, answer(status, {}))
