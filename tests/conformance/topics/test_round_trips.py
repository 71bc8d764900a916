"""Values on their way through a target: what a create accepts, an independent GET must show."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.discovery import ENTERPRISE_URN, Target
from conformance.topics.round_trips import (
    accepted,
    created,
    elements,
    enterprise,
    full_body,
    in_extension,
    kept_or_refused,
    representations,
    shown_values,
    tolerated,
)
from tests.conformance.answers import answer
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, session, users_by_filter
from tests.fake_target import fake_target


def test_an_accepted_user_is_the_one_that_a_get_shows() -> None:
    with fake_target() as target:
        assert accepted(session(target), title="Lead")["title"] == "Lead"


@pytest.mark.parametrize(
    ("attributes", "warned"),
    [({"title": "Lead"}, True), ({"title": ""}, False), ({"emails": []}, False), ({"externalId": "x"}, True)],
)
def test_an_attribute_that_a_create_leaves_out_is_a_warning(attributes: dict[str, Any], warned: bool) -> None:
    with fake_target(lambda r: (201 if r.method == "POST" else 200, {"id": "1", "userName": "a"})) as target:
        scim = session(target)
        if warned:
            with pytest.raises(Finding, match=r"POST ignores (title|externalId)") as raised:
                accepted(scim, **attributes)
            assert raised.value.verdict is Verdict.WARN
        else:
            accepted(scim, **attributes)


def test_a_rejection_may_be_as_right_as_acceptance_but_needs_the_form_of_scim() -> None:
    with fake_target() as target:
        scim = session(target)
        user = tolerated(scim, "invalidValue", title="Lead")
        assert user is not None
        assert user["title"] == "Lead"
        target.rule = lambda request: error(400, "invalidValue")
        assert tolerated(scim, "invalidValue", title="Lead") is None
        assert scim.remarks == []
        assert tolerated(scim, "mutability", title="Lead") is None
        assert [(remark.message, remark.verdict) for remark in scim.remarks] == [("unexpected scimType", Verdict.WARN)]
    for bad in (answer(400, {"detail": "no"}), answer(500), answer(200, {"id": "1"})):
        with pytest.raises(Finding):
            kept_or_refused(session(), bad, "invalidValue")


@pytest.mark.parametrize("body", [None, [], {"userName": "a"}])
def test_a_create_whose_answer_has_no_id_is_undecided(body: Any) -> None:
    with pytest.raises(Undecided):
        created(answer(201, body, "POST"))


@pytest.mark.parametrize("value", [None, "text", {"value": "a"}, 1])
def test_anything_but_a_list_has_no_elements(value: Any) -> None:
    assert elements({"emails": value}, "emails") == []
    assert elements({"emails": [{"value": "a"}, "text"]}, "emails") == [{"value": "a"}]
    assert in_extension({ENTERPRISE_URN: [value]}) == {}


def test_the_extension_is_sent_only_where_it_is_used_and_has_the_attribute() -> None:
    assert enterprise(session(), department="IT") == {ENTERPRISE_URN: {"department": "IT"}}
    unused = Target(resource_types=[{"name": "User", "endpoint": "/Users"}], schemas=TARGET.schemas)
    for known, name in ((unused, "department"), (TARGET, "shoeSize")):
        with pytest.raises(NotOffered):
            enterprise(session(known=known), **{name: "x"})


def test_a_full_body_leaves_out_what_a_read_does_not_show() -> None:
    body = full_body(session(), "User")
    assert "password" not in body
    assert {"userName", "emails", ENTERPRISE_URN} <= body.keys()


def test_every_answer_that_shows_the_resource_is_returned() -> None:
    with fake_target() as target:
        target.rule = lambda request: users_by_filter(target, request)
        known = Target({"filter": {"supported": True}, "patch": {"supported": True}}, TARGET.resource_types)
        scim = session(target, known)
        found = list(representations(scim, "User", {"userName": "a"}))
        assert [request for request, _ in found] == ["POST", "GET", "PUT", "list"]  # its PATCH answers with 204
        assert {resource["userName"] for _, resource in found} == {"a"}
        target.rule = lambda r: error(501) if r.method in ("PUT", "PATCH") else users_by_filter(target, r)
        assert [request for request, _ in representations(scim, "User", {"userName": "b"})] == ["POST", "GET", "list"]


def test_declared_values_are_listed_with_their_parts_and_unknown_ones_are_not() -> None:
    resource = {
        "userName": "a",
        "NAME": {"givenName": "Ann", "unknown": 1},
        "emails": [{"value": "x"}, "no object"],
        "unknown": 1,
        ENTERPRISE_URN: {"department": "IT"},
    }
    found = [(path, value) for path, _, value in shown_values(session(), "User", resource)]
    assert ("name.givenName", "Ann") in found
    assert ("emails.value", "x") in found
    assert (f"{ENTERPRISE_URN}:department", "IT") in found
    assert not [path for path, _ in found if "unknown" in path]
