"""Odd values for every kind of attribute, and targets that cannot show what they have accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.requirements.verdict import Finding
from conformance.topics.odd_values import must_be_listed, must_be_readable, odd_values
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import attribute, error, session
from tests.fake_target import Answer, Received, fake_target

USER = {"id": "1", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eva"}


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        ("emails", [{"type": "work"}]),
        ("emails", [None]),
        ("title", 5),
        ("active", "maybe"),
        ("name", {}),
        ("profileUrl", "no uri at all"),
    ],
)
def test_odd_values_fit_the_kind_of_attribute(path: str, odd: Any) -> None:
    assert odd in odd_values(attribute(path).definition, "mark")


def test_a_name_with_signs_begins_with_the_mark() -> None:
    assert any(str(value).startswith("mark it's") for value in odd_values(attribute("userName").definition, "mark"))


def failing(method: str, ending: str) -> Any:
    def rule(request: Received) -> Answer | str:
        path = request.path.partition("?")[0] if "filter" not in request.path else "filter"
        return error(500) if request.method == method and path.endswith(ending) else "well"

    return rule


@pytest.mark.parametrize(("ending", "what"), [("/1", "the resource"), ("filter", "a list with the resource")])
def test_a_resource_or_a_list_that_is_an_error_is_found(ending: str, what: str) -> None:
    known = replace(TARGET, config={"filter": {"supported": True}})
    with fake_target() as target:
        target.resources["Users/1"] = USER
        must_be_readable(session(target, known), attribute("title"), USER, "told")
        target.rule = failing("GET", ending)
        with pytest.raises(Finding, match=f"and then cannot return {what}") as caught:
            must_be_readable(session(target, known), attribute("title"), USER, "told")
        assert (caught.value.expected, caught.value.got) == ("200", "500 (told)")


def test_a_plain_list_that_is_an_error_is_found() -> None:
    with fake_target() as target:
        must_be_listed(session(target), "/Users", "told")
        target.rule = failing("GET", "/Users")
        with pytest.raises(Finding, match="cannot return the list of all resources"):
            must_be_listed(session(target), "/Users", "told")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("title", {"title": 5}),
        ("active", {"active": "maybe"}),
        ("emails", {"emails": {}}),
        ("emails", {"emails": [None]}),
        ("title", {"schemas": []}),
    ],
)
def test_a_value_of_the_wrong_json_type_is_found(path: str, shown: dict[str, Any]) -> None:
    with fake_target() as target:
        target.resources["Users/1"] = {**USER, **shown}
        with pytest.raises(Finding, match=r"the server stores|malformed"):
            must_be_readable(session(target), attribute(path), USER, "told")
