"""The grammar of filters: what it reads, what it refuses (RFC 7644 figure 1)."""

from __future__ import annotations

import pytest

from conformance.model.filter_text import (
    And,
    AttributePath,
    Compare,
    Not,
    NotAFilter,
    Or,
    Present,
    ValuePath,
    parse_filter,
)

A = Compare(AttributePath(None, "a"), "eq", 1)
B = Compare(AttributePath(None, "b"), "eq", 2)
C = Compare(AttributePath(None, "c"), "eq", 3)
URN = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a pr", Present(AttributePath(None, "a"))),
        ("a.b PR", Present(AttributePath(None, "a", "b"))),
        (f"{URN}:name.givenName pr", Present(AttributePath(URN, "name", "givenName"))),
        ('a SW "x\\"y\\\\z\\u00e9"', Compare(AttributePath(None, "a"), "sw", 'x"y\\zé')),
        ("a eq -1.5e3", Compare(AttributePath(None, "a"), "eq", -1500.0)),
        ("a ne null", Compare(AttributePath(None, "a"), "ne", None)),
        ("a eq false", Compare(AttributePath(None, "a"), "eq", False)),
        ("a eq 1 or b eq 2 and c eq 3", Or(A, And(B, C))),
        ("(a eq 1 or b eq 2) and c eq 3", And(Or(A, B), C)),
        ("a eq 1 AND b eq 2 and c eq 3", And(And(A, B), C)),
        ("not (a eq 1) and b eq 2", And(Not(A), B)),
        ("NOT(a eq 1)", Not(A, spaced=False)),
        ("e[a eq 1 and not (b eq 2)]", ValuePath(AttributePath(None, "e"), And(A, Not(B)))),
        ("members.$ref pr", Present(AttributePath(None, "members", "$ref"))),
    ],
    ids=lambda held: held if isinstance(held, str) else "",
)
def test_filters_become_trees(text: str, tree: object) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a eq",
        "a eq ",
        'eq "x"',
        '"x" eq a',
        "a eq x",
        "a eq 'x'",
        'a eq "x',
        "a eq True",
        "a eq [1]",
        "a eq NaN",
        "a regex 1",
        "a eq 1 and",
        "and a eq 1",
        "a eq 1 b eq 2",
        "(a eq 1",
        "a eq 1)",
        "a[b eq 1",
        "a[]",
        "a[b]",
        "a[b eq 1].c eq 2",
        "not a eq 1",
        "a.b.c eq 1",
        "1a eq 1",
        "a  eq 1",
    ],
)
def test_what_leaves_the_grammar_is_no_filter(text: str) -> None:
    with pytest.raises(NotAFilter):
        parse_filter(text)
