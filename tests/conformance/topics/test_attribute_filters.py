"""Filters on one attribute: comparisons of every operator, and a server that answers one of them wrongly is found."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.requirements.verdict import Finding
from conformance.topics.attribute_filters import Term, all_chosen_rightly, comparisons, judged, paths_of, scope_of
from tests.conformance.published import USERS
from tests.conformance.topics.sessions import attribute, error, filtered, parameters, session
from tests.fake_target import Answer, Received, fake_target

ANNA = {"id": "1", "userName": "anna", "title": "Lead", "active": True, "meta": {"created": "2026-03-02T05:00:00Z"}}
BERT = {"id": "2", "userName": "bert", "title": "Clerk", "active": False, "meta": {"created": "2026-03-01T05:00:00Z"}}
PAIR: list[dict[str, Any]] = [ANNA, BERT]
SCOPE = 'userName eq "anna" or userName eq "bert"'


@pytest.mark.parametrize(
    ("path", "value", "operators"),
    [
        ("title", "Lead", {"pr", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}),
        ("active", True, {"pr", "eq", "ne"}),
        ("profileUrl", "https://x.example/a", {"pr", "eq"}),
    ],
)
def test_every_operator_of_a_type_is_tried_with_both_results(path: str, value: Any, operators: set[str]) -> None:
    texts = comparisons(path, attribute(path).definition, value)
    terms = judged(texts, [{**ANNA, path: value}, BERT], USERS)
    used = {text.removeprefix(f"({path} pr and ").removeprefix(path).split()[0] for text in texts}
    assert used == operators
    assert {term.first for term in terms} == {True, False}


@pytest.mark.parametrize(("kind", "value"), [("ports", 7), ("weight", 1.5), ("bought", "2026-03-02T05:00:00Z")])
def test_numbers_and_dates_are_compared_with_their_neighbors(kind: str, value: Any) -> None:
    texts = comparisons(kind, attribute(kind, "Device").definition, value)
    assert {f"{kind} {op} " for op in ("gt", "ge", "lt", "le")} <= {" ".join(t.split()[:2]) + " " for t in texts}


def test_a_date_that_cannot_be_read_is_only_tested_for_presence() -> None:
    assert comparisons("bought", attribute("bought", "Device").definition, "yesterday") == ["bought pr"]


@pytest.mark.parametrize(
    ("path", "resource", "expected"),
    [
        ("title", ANNA, {"title": "Lead"}),
        ("name", {"name": {"givenName": "A"}}, {"name.givenName": "A", "name.familyName": None}),
        ("emails", {"emails": [{"value": "a", "$ref": "x"}]}, {"emails.value": "a", "emails.type": None}),
        ("title", {}, {"title": None}),
    ],
)
def test_a_complex_attribute_is_tested_by_its_parts(path: str, resource: Any, expected: dict[str, Any]) -> None:
    found = {path: value for path, _, value in paths_of(attribute(path), resource)}
    assert {name: found[name] for name in expected} == expected


def test_parts_that_a_client_cannot_set_or_name_in_a_filter_are_left_out() -> None:
    members = [path for path, _, _ in paths_of(attribute("members", "Group"), {"members": [{"value": "1"}]})]
    assert "members.value" in members
    assert not [path for path in members if "$" in path]
    assert list(paths_of(attribute("groups"), {"groups": [{"value": "1"}]})) == []


def test_the_scope_names_resources_by_an_attribute_that_every_server_knows() -> None:
    assert scope_of("User", PAIR) == SCOPE
    assert scope_of("Device", PAIR) == 'id eq "1" or id eq "2"'
    assert scope_of("Group", [{"displayName": 'a "b"'}]) == r'displayName eq "a \"b\""'


def terms() -> list[Term]:
    return judged(comparisons("title", attribute("title").definition, "Lead"), PAIR, USERS)


def test_a_server_that_filters_rightly_needs_at_most_three_requests() -> None:
    with fake_target(lambda request: filtered(PAIR, request)) as target:
        all_chosen_rightly(session(target), "/Users", terms(), PAIR, SCOPE)
        assert 1 <= len(target.received) <= 3


@pytest.mark.parametrize("wrong", ["title co", "title sw", "title ne", "title gt"])
def test_a_server_with_one_wrong_operator_is_found_and_the_operator_is_named(wrong: str) -> None:
    def answer(request: Received) -> Answer:
        text = parameters(request)["filter"]
        return filtered([] if wrong in text else PAIR, request)

    with fake_target(answer) as target, pytest.raises(Finding, match=wrong) as raised:
        all_chosen_rightly(session(target), "/Users", terms(), PAIR, SCOPE)
    assert raised.value.expected.startswith("the first one")
    assert raised.value.got == "neither"


def test_resources_that_no_filter_asked_for_are_a_finding() -> None:
    def answer(request: Received) -> Answer:
        status, body = filtered(PAIR, request)
        return status, {**body, "Resources": [*body["Resources"], {"id": "other"}]}

    with fake_target(answer) as target, pytest.raises(Finding) as raised:
        all_chosen_rightly(session(target), "/Users", terms(), PAIR, SCOPE)
    assert raised.value.got.endswith(" and 1 other")


def test_an_operator_that_is_rejected_as_invalid_filter_is_a_warning() -> None:
    def answer(request: Received) -> Answer:
        return error(400, "invalidFilter") if "title co" in parameters(request)["filter"] else filtered(PAIR, request)

    with fake_target(answer) as target:
        scim = session(target)
        all_chosen_rightly(scim, "/Users", terms(), PAIR, SCOPE)
    assert scim.remarks
    assert all("title co" in remark.message for remark in scim.remarks)
