"""Expressions of the catalogue: what they mean, and how a wrong one is reported."""

from __future__ import annotations

import pytest

from conformance.defects.expressions import BadExpression, mutation_of
from conformance.defects.wire import Reply, Request, Server


def served(request: Request) -> Reply:
    """A server that answers every request with the user 1, and names what it was asked."""
    return Reply.of(200, {"id": "1", "userName": "anna", "asked": f"{request.method} {request.path}?{request.query}"})


def told(expression: str, request: Request) -> Reply:
    return mutation_of(expression)(request, Server(served))


@pytest.mark.parametrize(
    ("expression", "rejected"),
    [
        ("reject('GET', 400)", True),
        ("reject('GET /Users', 400)", False),
        ("reject('GET' and '* /Users/*', 400)", True),
        ("reject('POST' or names('count', '^2$'), 400)", True),
        ("reject('POST' or names('count', '^3$'), 400)", False),
        ("reject(not LIST and not 'PUT|POST', 400)", True),
        ("reject(not (CONFIG or 'GET'), 400)", False),
    ],
)
def test_conditions_are_joined_by_and_or_and_not(expression: str, rejected: bool) -> None:
    reply = told(expression, Request("GET", "/Users/1", "count=2"))
    assert (reply.status == 400) is rejected


def test_literals_and_constants_reach_the_combinators() -> None:
    shown = told("show(assign(a=[1, -2, None], b={'urn': USER}))", Request("GET", "/Users/1")).json
    assert shown["a"] == [1, -2, None]
    assert shown["b"] == {"urn": "urn:ietf:params:scim:schemas:core:2.0:User"}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("'PUT'", "must begin with one of reject"),
        ("drop('title')", "must begin with one of reject"),
        ("show(dropp('title'))", "dropp is not a combinator; see conformance/defects/expressions.py"),
        ("show(drop(title))", "title is not a constant; known are USER, GROUP"),
        ("show(drop('title').apply)", "drop('title').apply is not allowed here"),
        ("show(drop(*['title']))", "is not allowed here"),
        ("show(assign(**{'a': 1}))", "is not allowed here"),
        ("show(assign(a={**{}}))", "is not allowed here"),
        ("show(assign(a=f'{1}'))", "is not allowed here"),
        ("show(assign(a=__import__('os')))", "__import__ is not a combinator"),
        ("reject('GTE /Users', 400)", "reject: 'GTE /Users' is not a condition: GTE is not an HTTP method"),
        ("reject(400, 'GET')", "reject: 400 is not a condition"),
        ("reject('GET')", "missing 1 required positional argument: 'status'"),
        ("reject('GET' and 3, 400)", "a condition: 3 is not a condition"),
        ("show('GET')", "show: needs at least one change"),
        ("show('GET', 'PUT', drop('a'))", "show: does not accept 'PUT'"),
        ("show(header('etag', None))", "show: does not accept MessageChange"),
        ("send(status(200))", "send: does not accept ReplyChange"),
        ("show(alter('title', 'x'))", "alter: needs a change of a value such as lower(), not 'x'"),
        ("send(rewrite('filter', '(', ''))", "rewrite: missing ), unterminated subpattern"),
        ("both(reject('GET', 400), 'PUT')", "both: needs two mutations"),
        ("skip('PATCH')", "skip: needs operates(…) as its condition"),
    ],
)
def test_a_wrong_expression_is_reported_in_one_line(expression: str, words: str) -> None:
    with pytest.raises(BadExpression) as raised:
        mutation_of(expression)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
