"""RFC 7644 section 3.4.2.2: invalid filters are rejected, never ignored."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding

CONSEQUENCE = (
    "A server that ignores an invalid filter returns every user, and the provider takes the first one for its user."
)
FIX = "Return 400 with scimType invalidFilter if any part of the filter cannot be parsed."

MALFORMED = {
    "no-expression": ["", "userName", "userName eq", 'eq "x"', "and", "()"],
    "open-end": ['userName eq "x" and', 'userName eq "x" or', 'and userName eq "x"', "not"],
    "turned-round": ['"x" eq userName', 'userName "x" eq', 'eq userName "x"'],
    "brackets": ['(userName eq "x"', 'userName eq "x")', '(userName eq "x"))', 'not userName eq "x"'],
    "quotes": ['userName eq "x', "userName eq 'x'", 'userName eq x"', 'userName eq "x" "y"'],
    "leftovers": ['userName eq "x" userName eq "y"', 'userName eq "x"; drop', 'userName eq "x" xor id pr'],
    "values": ['userName eq "\\q"', "userName eq [1]", 'userName eq {"a":1}', "userName pr true"],
}
IDS = {
    "no-expression": "RFC7644-3.4.2.2-06",
    "open-end": "RFC7644-3.4.2.2-06",
    "turned-round": "RFC7644-3.4.2.2-07",
}


def cases(ids: str | None) -> list[object]:
    """The malformed filters that belong to a requirement, with readable ids."""
    return [
        pytest.param(text, id=f"{kind}-{number}")
        for kind, texts in MALFORMED.items()
        for number, text in enumerate(texts, start=1)
        if IDS.get(kind) == ids
    ]


def refused(scim: Session, expression: str) -> None:
    """The filter must be rejected with 400 invalidFilter, whereas a valid filter must succeed."""
    expect.status(scim.search(f'userName eq "{expect.UNKNOWN}"'), 200)
    expect.keyword(scim, scim.search(expression), 400, "invalidFilter")


@pytest.mark.parametrize("expression", cases("RFC7644-3.4.2.2-06"))
@requirement("RFC7644-3.4.2.2-06", "RFC7644-3.12-18", level="lie", consequence=CONSEQUENCE, fix=FIX)
def test_filter_without_a_whole_expression_is_refused(scim: Session, expression: str) -> None:
    """A filter without a complete expression must be rejected with 400; a different scimType is a warning."""
    refused(scim, expression)


@pytest.mark.parametrize("expression", cases("RFC7644-3.4.2.2-07"))
@requirement("RFC7644-3.4.2.2-07", "RFC7644-3.12-18", level="lie", consequence=CONSEQUENCE, fix=FIX)
def test_expression_in_another_order_is_refused(scim: Session, expression: str) -> None:
    """An expression that is not in the order attribute, operator, value must be rejected with 400."""
    refused(scim, expression)


@pytest.mark.parametrize("expression", cases(None))
@requirement("RFC7644-3.4.2.2-30", "RFC7644-3.12-18", level="lie", consequence=CONSEQUENCE, fix=FIX)
def test_broken_filter_is_refused(scim: Session, expression: str) -> None:
    """A filter that does not follow the grammar must be rejected with 400; a different scimType is a warning."""
    refused(scim, expression)


@pytest.mark.parametrize("operator", ["regex", "like", "=", "==", "eqq", "contains"])
@requirement(
    "RFC7644-3.4.2.2-38",
    "RFC7644-3.12-18",
    level="lie",
    consequence=CONSEQUENCE,
    fix="Return 400 invalidFilter, and name the operator in detail.",
)
def test_unknown_operator_is_refused_in_words(scim: Session, operator: str) -> None:
    """An unknown operator must be rejected with 400 and a detail; a different scimType is a warning."""
    refused(scim, f'userName {operator} "x"')
    detail = scim.search(f'userName {operator} "x"')["detail"]
    if not isinstance(detail, str) or not detail.strip():
        raise Finding("the error has no detail", "detail", json_of(detail))
