"""The forms of a write: what each sends, and how its result is read."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, USER_URN
from conformance.topics.write_forms import (
    FORMS,
    REMOVALS,
    Written,
    all_forms,
    no_foreign_error,
    no_server_error,
    rejected,
    stored,
    write,
)
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import ERROR, attribute, error, session
from tests.fake_target import FakeTarget, fake_target

NICK = {"nickName": "new"}
DEPARTMENT = f"{ENTERPRISE_URN}:department"
KNOWN = type(TARGET)({"bulk": {"supported": True}, "patch": {"supported": True}}, TARGET.resource_types, TARGET.schemas)


def held(target: FakeTarget) -> dict[str, Any]:
    return target.hold("Users", "u1", schemas=[USER_URN], userName="ann", meta={"resourceType": "User"})


@pytest.mark.parametrize(
    ("form", "path", "expected"),
    [
        ("PATCH replace", "nickName", {"op": "replace", "path": "nickName", "value": "new"}),
        ("PATCH add", "nickName", {"op": "add", "path": "nickName", "value": "new"}),
        ("PATCH with a URN path", "nickName", {"op": "replace", "path": f"{USER_URN}:nickName", "value": "new"}),
        ("PATCH with a path in another case", "nickName", {"op": "replace", "path": "NICKnAME", "value": "new"}),
        ("PATCH replace without path", "nickName", {"op": "replace", "value": NICK}),
        ("PATCH replace without path", "name.givenName", {"op": "replace", "value": {"name": {"givenName": "new"}}}),
        ("PATCH add without path", DEPARTMENT, {"op": "add", "value": {ENTERPRISE_URN: {"department": "new"}}}),
        ("PATCH remove", "nickName", {"op": "remove", "path": "nickName"}),
        ("PATCH replace with null", DEPARTMENT, {"op": "replace", "path": DEPARTMENT, "value": None}),
    ],
)
def test_a_patch_has_one_operation_in_the_form_s_spelling(form: str, path: str, expected: dict[str, Any]) -> None:
    with fake_target() as target:
        target.rule = lambda request: (204, None) if request.method == "PATCH" else "well"
        write(session(target, KNOWN), form, attribute(path), "new", held(target))
        assert target.received[-1].json["Operations"] == [expected]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("PATCH replace", 'emails[type eq "work"].value'),
        ("PATCH with a URN path", f'{USER_URN}:emails[type eq "work"].value'),
        ("PATCH with a path in another case", 'emails[type eq "work"].VALUE'),
    ],
)
def test_a_part_of_elements_is_written_by_a_filter(form: str, expected: str) -> None:
    with fake_target() as target:
        target.rule = lambda request: (204, None) if request.method == "PATCH" else "well"
        write(session(target, KNOWN), form, attribute("emails.value"), "new", held(target), 'type eq "work"')
        assert target.received[-1].json["Operations"] == [{"op": "replace", "path": expected, "value": "new"}]
        for other in ("PUT", "PATCH add without path"):
            with pytest.raises(NotOffered, match="by a filter"):
                write(session(target, KNOWN), other, attribute("emails.value"), "new", held(target), 'type eq "work"')


def test_a_put_without_a_part_keeps_the_parts_beside_it() -> None:
    with fake_target() as target:
        target.hold("Users", "u3", name={"givenName": "A", "familyName": "B"}, meta={"resourceType": "User"})
        resource = {"id": "u3", "schemas": [USER_URN]}
        write(session(target, KNOWN), "PUT without it", attribute("name.givenName"), None, resource)
        assert target.received[-1].json["name"] == {"familyName": "B"}


def test_the_path_of_an_extension_has_a_urn_anyway() -> None:
    with fake_target() as target, pytest.raises(NotOffered, match="without the URN"):
        write(session(target, KNOWN), "PATCH with a URN path", attribute(DEPARTMENT), "new", held(target))


@pytest.mark.parametrize(("form", "left"), [("PUT", "new"), ("PUT with null", None), ("PUT without it", "missing")])
def test_a_put_sends_what_is_stored_with_the_change(form: str, left: str | None) -> None:
    with fake_target() as target:
        resource = {**held(target), "nickName": "old"}
        target.resources["Users/u1"]["nickName"] = "old"
        write(session(target, KNOWN), form, attribute("nickName"), "new", resource)
        sent = target.received[-1].json
        assert (sent["userName"], sent.get("nickName", "missing"), "meta" in sent) == ("ann", left, False)


def test_what_is_read_only_is_not_sent_back() -> None:
    with fake_target() as target:
        resource = target.hold("Users", "u2", userName="bob", groups=[{"value": "g1"}], meta={"resourceType": "User"})
        assert stored(session(target, KNOWN), "User", {**resource, "schemas": [USER_URN]}) == {"userName": "bob"}


def test_a_post_says_where_its_resource_is() -> None:
    with fake_target() as target:
        made = write(session(target, KNOWN), "POST", attribute("nickName"), "new")
        assert (made.succeeded, made.path) == (True, "/Users/u1")
        assert target.resources["Users/u1"]["nickName"] == "new"


@pytest.mark.parametrize(
    ("form", "result", "status", "path"),
    [
        ("Bulk POST", {"status": "201", "bulkId": "a", "location": "/Users/u9"}, 201, "/Users/u9"),
        ("Bulk PUT", {"status": {"code": 200}, "location": "/Users/u1"}, 200, ""),
        ("Bulk PATCH", {"status": "409", "response": {"scimType": "uniqueness", "status": "409"}}, 409, ""),
        ("Bulk PATCH remove", {"status": "odd"}, 0, ""),
    ],
)
def test_the_result_of_an_operation_counts_in_bulk(form: str, result: Any, status: int, path: str) -> None:
    with fake_target() as target:
        resource = held(target)
        bulk = 200, {"Operations": [result]}
        target.rule = lambda request: bulk if request.path.endswith("/Bulk") else "well"
        found = write(session(target, KNOWN), form, attribute("nickName"), "new", resource)
        assert (found.status, found.path) == (status, path)
        assert found.error.get("scimType") == ("uniqueness" if status == 409 else None)


def test_a_bulk_request_that_is_rejected_as_a_whole_is_the_result() -> None:
    with fake_target() as target:
        target.rule = lambda request: error(413) if request.path.endswith("/Bulk") else "well"
        assert write(session(target, KNOWN), "Bulk POST", attribute("nickName"), "new").status == 413


def test_what_the_target_lacks_is_not_offered() -> None:
    bare = type(TARGET)({"patch": {"supported": False}}, TARGET.resource_types, TARGET.schemas)
    with fake_target() as target:
        for form in ("PATCH add", "Bulk POST"):
            with pytest.raises(NotOffered):
                write(session(target, bare), form, attribute("nickName"), "new", held(target))


def test_a_rejection_is_a_4xx_in_scim_s_form() -> None:
    error_ = {"schemas": [ERROR], "scimType": "uniqueness"}
    rejected(Written("PUT", 409, error_), 409)
    rejected(Written("Bulk PUT", 409, {}))  # the RFC prints errors of operations in two forms
    for wrong in (Written("PUT", 200), Written("PUT", 400, error_), Written("PUT", 409), Written("PUT", 500, error_)):
        with pytest.raises(Finding):
            rejected(wrong, 409)
    with pytest.raises(Finding):
        no_foreign_error(Written("PATCH add", 404, {}))
    with pytest.raises(NotOffered):
        no_server_error(Written("PATCH add", 501))
    assert Written("PUT", 409, {**error_, "detail": "taken"}).told == "409 (uniqueness: taken)"


def test_one_form_that_is_offered_is_enough() -> None:
    def judge(name: str) -> None:
        if name != "PUT":
            raise NotOffered(name)

    all_forms(list(FORMS), judge)
    with pytest.raises(NotOffered):
        all_forms(list(REMOVALS), judge)


def test_what_the_stored_resource_lacks_is_a_finding() -> None:
    with fake_target() as target:
        resource = target.hold("Users", "u1", userName="ann")
        with pytest.raises(Finding, match="schemas is missing"):
            stored(session(target), "User", resource)["schemas"]
