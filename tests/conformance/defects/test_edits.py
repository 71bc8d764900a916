"""Edits: each changes exactly what it says, and returns a new object."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.defects.edits import (
    ENTERPRISE,
    Edit,
    Json,
    alter,
    append,
    assign,
    backwards,
    copy,
    cut,
    default,
    discard,
    drop,
    each,
    edited,
    first,
    fitting,
    integer,
    keep,
    lower,
    matching,
    number_of_id,
    only,
    overwrite,
    pluck,
    prefix,
    string,
    sub,
    suffix,
    twice,
    upper,
    values_at,
)

ANNA: Json = {
    "id": "00000010-aaaa",
    "userName": "Anna",
    "active": True,
    "emails": [{"value": "A@x", "type": "work"}, {"value": "b@x"}],
    ENTERPRISE: {"manager": {"value": "7"}},
}


@pytest.mark.parametrize(
    ("edit", "path", "values"),
    [
        (assign("userName", "eva"), "userName", ["eva"]),
        (assign(title="Dr", nickName=None), "title", ["Dr"]),
        (assign("emails[].type", "home"), "emails[].type", ["home", "home"]),
        (assign("ENTERPRISE.manager.value", "8"), "ENTERPRISE.manager.value", ["8"]),
        (assign("name.givenName", "Anna"), "name", []),
        (overwrite("active", False), "active", [False]),
        (overwrite("title", "Dr"), "title", []),
        (default("active", False), "active", [True]),
        (default("emails[].type", "other"), "emails[].type", ["work", "other"]),
        (drop("emails[].type", "active"), "emails[].type", []),
        (drop(ENTERPRISE), "ENTERPRISE.manager", []),
        (only("userName"), "id", []),
        (copy("emails[].value", "userName"), "userName", ["A@x"]),
        (copy("title", "userName"), "userName", ["Anna"]),
        (append("emails", {"value": "c@x"}), "emails[].value", ["A@x", "b@x", "c@x"]),
        (append("title", "Dr"), "title", []),
        (keep("emails", "type", "^work$"), "emails[].value", ["A@x"]),
        (keep("emails", "type"), "emails[].value", ["A@x"]),
        (discard("emails", "type"), "emails[].value", ["b@x"]),
        (each("emails", copy("value", "display")), "emails[].display", ["A@x", "b@x"]),
        (matching("active", True, assign(title="Dr")), "title", ["Dr"]),
        (matching("active", "^False", assign(title="Dr")), "title", []),
        (alter("userName", lower()), "userName", ["anna"]),
        (alter("userName", upper()), "userName", ["ANNA"]),
        (alter("userName", prefix("x-")), "userName", ["x-Anna"]),
        (alter("userName", suffix("-x")), "userName", ["Anna-x"]),
        (alter("userName", sub("n+", "m")), "userName", ["Ama"]),
        (alter("userName", cut(0, 2)), "userName", ["An"]),
        (alter("active", string()), "active", ["true"]),
        (alter("active", integer()), "active", [1]),
        (alter("id", number_of_id()), "id", [16]),
        (alter("emails", first()), "emails.value", ["A@x"]),
        (alter("emails", twice()), "emails[].value", ["A@x", "b@x", "A@x", "b@x"]),
        (alter("emails", backwards()), "emails[].value", ["b@x", "A@x"]),
        (alter("ENTERPRISE.manager", pluck("value")), "ENTERPRISE.manager", ["7"]),
        (alter("emails", pluck("value")), "emails", [["A@x", "b@x"]]),
        (alter("title", lower()), "title", []),
    ],
)
def test_an_edit_changes_what_it_names(edit: Edit, path: str, values: list[Any]) -> None:
    before = str(ANNA)
    assert values_at(edited(ANNA, [edit]), path) == values
    assert str(ANNA) == before


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("^a", "anna", True),
        ("^a", "eva", False),
        ("", None, True),
        ("7", 17, True),
        (True, True, True),
        (True, 1, False),
    ],
)
def test_a_string_is_searched_and_anything_else_must_be_equal(pattern: Any, value: Any, fits: bool) -> None:
    assert fitting(pattern)(value) is fits
