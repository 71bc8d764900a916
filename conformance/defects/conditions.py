"""Conditions under which a mutation applies: what the client sends, and what the server answers.

Wherever a condition is expected, a string such as `POST|PUT /Users|/Groups*` stands for requests with these methods and paths
(`*` matches anything; without a path, any path). Conditions are combined with `and`, `or` and `not`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from conformance.defects.edits import fitting, values_at
from conformance.defects.wire import Reply, Request

METHODS = {"*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a mutation applies to an exchange. Before the server has answered, the reply has the status 0."""

    holds: Callable[[Request, Reply], bool]


@dataclass(frozen=True, slots=True)
class OperationCondition(Condition):
    """Whether a PATCH contains an operation that fits; `fits` judges one operation."""

    fits: Callable[[Operation], bool]


def condition_of(where: Condition | str) -> Condition:
    """A condition, or the requests that a string such as `GET /Users/*` describes."""
    if isinstance(where, Condition):
        return where
    if not isinstance(where, str):
        raise TypeError(f"{where!r} is not a condition")
    methods, _, paths = where.partition(" ")
    if unknown := set(methods.split("|")) - METHODS:
        raise ValueError(f"{where!r} is not a condition: {', '.join(sorted(unknown))} is not an HTTP method")
    return Condition(lambda request, _: request.is_(methods, paths or "*"))


def all_of(conditions: Iterable[Condition | str]) -> Condition:
    parts = [condition_of(one) for one in conditions]
    return Condition(lambda request, reply: all(part.holds(request, reply) for part in parts))


def any_of(conditions: Iterable[Condition | str]) -> Condition:
    parts = [condition_of(one) for one in conditions]
    return Condition(lambda request, reply: any(part.holds(request, reply) for part in parts))


def negation(condition: Condition | str) -> Condition:
    part = condition_of(condition)
    return Condition(lambda request, reply: not part.holds(request, reply))


# ── what the client sends ──


def asks(pattern: str = "") -> Condition:
    """The request has a filter in which the pattern is found."""
    fits = fitting(pattern)
    return Condition(lambda request, _: bool(request.filter) and fits(request.filter))


def names(parameters: str, pattern: str = "") -> Condition:
    """The request has one of these query parameters (separated by `|`), and its value fits the pattern."""
    fits, wanted = fitting(pattern), parameters.split("|")

    def holds(request: Request, _: Reply) -> bool:
        held = request.parameters
        return any(name in held and fits(held[name]) for name in wanted)

    return Condition(holds)


def exceeds(parameter: str, limit: int) -> Condition:
    """The query parameter is a number above the limit."""

    def holds(request: Request, _: Reply) -> bool:
        text = request.parameters.get(parameter, "")
        return text.isdigit() and int(text) > limit

    return Condition(holds)


def queries(pattern: str = "") -> Condition:
    """The request has a query string in which the pattern is found, as it was sent."""
    fits = fitting(pattern)
    return Condition(lambda request, _: bool(request.query) and fits(request.query))


def carries(header: str, pattern: str = "") -> Condition:
    """The request has this header, and its value fits the pattern."""
    fits = fitting(pattern)
    return Condition(lambda request, _: header in request.headers and fits(request.headers[header]))


def body_has(text: str = "") -> Condition:
    """The request has a body that contains this text."""
    return Condition(lambda request, _: bool(request.body) and text.encode() in request.body)


def sends(path: str, pattern: Any = "") -> Condition:
    """The JSON body of the request has an attribute, and its value (one of its values) fits the pattern."""
    fits = fitting(pattern)
    return Condition(lambda request, _: any(map(fits, values_at(request.json, path))))


def lacks(path: str) -> Condition:
    """The body of the request is a JSON object whose attribute is missing or empty."""

    def holds(request: Request, _: Reply) -> bool:
        body = request.json
        return isinstance(body, dict) and bool(body) and not any(values_at(body, path))

    return Condition(holds)


def operates(
    op: str | None = None, path: str | None = None, value: Any = ..., *, has: str = "", lacks: str = "", empty: str = ""
) -> OperationCondition:
    """A PATCH has an operation that fits.

    The patterns for `op` (in lower case), `path` and, if it is a string, `value` must match from beginning to end; any other
    value must be equal. `has`, `lacks` and `empty` name a member that must be present, missing, or missing or empty.
    """
    whole_op, whole_path = (None if text is None else re.compile(text) for text in (op, path))
    whole_value = fitting(rf"\A(?:{value})\Z" if isinstance(value, str) else value)

    def fits(operation: Operation) -> bool:
        return (
            (whole_op is None or whole_op.fullmatch(str(operation.get("op")).lower()) is not None)
            and (whole_path is None or whole_path.fullmatch(str(operation.get("path", ""))) is not None)
            and (value is ... or whole_value(operation.get("value")))
            and (not has or has in operation)
            and (not lacks or lacks not in operation)
            and not (empty and operation.get(empty))
        )

    return OperationCondition(lambda request, _: any(map(fits, request.operations)), fits)


# ── what the server answers ──


def answers(*statuses: int) -> Condition:
    """The server answers with one of these statuses."""
    return Condition(lambda _, reply: reply.status in statuses)


def succeeds() -> Condition:
    """The server answers with a status from 200 to 299."""
    return Condition(lambda _, reply: reply.ok)


def fails() -> Condition:
    """The server answers with a status of 400 or above."""
    return Condition(lambda _, reply: reply.status >= 400)


def error_is(scim_type: str) -> Condition:
    """The server answers with an error of this scimType."""
    return Condition(lambda _, reply: isinstance(reply.json, dict) and reply.json.get("scimType") == scim_type)


def shows(path: str, pattern: Any = "") -> Condition:
    """The server answers with a JSON object whose attribute fits the pattern."""
    fits = fitting(pattern)
    return Condition(lambda _, reply: reply.ok and any(map(fits, values_at(reply.json, path))))


def lists() -> Condition:
    """The server answers with a list of resources."""
    return Condition(lambda _, reply: reply.ok and any(isinstance(v, list) for v in values_at(reply.json, "Resources")))


def finds_nothing() -> Condition:
    """The server answers with a list that contains no resources."""
    return Condition(
        lambda _, reply: reply.ok and bool(values_at(reply.json, "totalResults")) and not reply.json.get("Resources")
    )
