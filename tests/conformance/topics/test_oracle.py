"""Random checks find what is wrong, make it small, and stop asking in time; wrong servers do not get through."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from conformance.check_api.session import Plan, Session
from conformance.checks.rfc7644 import test_3_4_2_2_filters_by_model as filter_check
from conformance.model.definitions import Definition, Definitions
from conformance.model.filter_model import matches, parse_filter
from conformance.model.filter_text import And, AttributePath, Compare, Not, Or, Present, Tree, ValuePath
from conformance.model.likeness import alike
from conformance.model.outcome import Holds
from conformance.model.patch_model import apply_patch
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Client
from conformance.target.discovery import Target
from conformance.topics.oracle import MAX_SHRINK_STEPS, holds_for_all
from conformance.values.any_filter import filters
from conformance.values.any_patch import patches
from conformance.values.any_resource import any_resource, thinned
from tests.conformance.published import TARGET, USERS

RANDOM = Random(3)
POOL = [
    {**thinned(any_resource(TARGET, "User", RANDOM, f"m{number}"), USERS, RANDOM), "id": f"id-{number}"}
    for number in range(5)
]
FULL = {**any_resource(TARGET, "User", Random(8), "me"), "id": "id-1"}
User = dict[str, Any]


def session(examples: int = 25) -> Session:
    return Session(Client("http://127.0.0.1:1", None), Target(), Plan("run", 4711, examples))


def finding_of(draw: st.SearchStrategy[Any], judge: Callable[[Any], Finding | None], examples: int = 25) -> Finding:
    with pytest.raises(Finding) as caught:
        holds_for_all(session(examples), draw, judge)
    return caught.value


# ── the runner ──


def test_a_failing_case_becomes_as_small_as_can_be() -> None:
    found = finding_of(st.lists(st.integers(0, 1000)), lambda case: Finding(str(case)) if sum(case) > 10 else None)
    assert found.message == "[11]"


def test_a_property_that_holds_says_nothing_and_asks_no_more_than_it_may() -> None:
    asked: list[Any] = []
    holds_for_all(session(25), st.integers(), lambda case: asked.append(case))
    assert 0 < len(asked) <= 25
    assert len(asked) == len(set(asked))


def test_shrinking_ends_after_a_bounded_number_of_requests() -> None:
    asked: list[Any] = []

    def judge(case: list[int]) -> Finding | None:
        asked.append(case)
        return Finding("too long") if len(case) > 5 else None

    finding_of(st.lists(st.integers(0, 10**9), min_size=6, max_size=60), judge)
    assert len(asked) <= 1 + MAX_SHRINK_STEPS


def test_the_same_seed_asks_the_same() -> None:
    runs: list[list[Any]] = [[], []]
    for asked in runs:
        holds_for_all(session(), st.integers(), lambda case, asked=asked: asked.append(case))  # type: ignore[misc]
    assert runs[0] == runs[1]


def test_nothing_to_draw_is_not_offered() -> None:
    with pytest.raises(NotOffered):
        holds_for_all(session(), st.integers().filter(lambda number: False), lambda case: None)


# ── wrong servers: filters ──


def _case_exact(text: str, user: User) -> bool | None:
    def exact(definition: Definition) -> Definition:
        parts = [exact(part) for part in definition.get("subAttributes") or ()]
        return {**definition, "caseExact": True, "subAttributes": parts}

    strict = {urn: [exact(one) for one in held] for urn, held in USERS.by_urn.items()}
    return matches(parse_filter(text), user, Definitions("User", USERS.core, strict))


def _rewritten(change: Callable[[Tree], Tree]) -> Callable[[str, User], bool | None]:
    def walk(tree: Tree) -> Tree:
        match tree:
            case And(left, right):
                tree = And(walk(left), walk(right))
            case Or(left, right):
                tree = Or(walk(left), walk(right))
            case Not(inner):
                tree = Not(walk(inner))
        return change(tree)

    return lambda text, user: matches(walk(parse_filter(text)), user, USERS)


def _across_elements(tree: Tree) -> Tree:
    """`emails[type eq "a" and value eq "b"]` read as `emails.type eq "a" and emails.value eq "b"`."""

    def outside(head: AttributePath, inner: Tree) -> Tree:
        match inner:
            case And(left, right):
                return And(outside(head, left), outside(head, right))
            case Compare(path, op, value):
                return Compare(AttributePath(head.urn, head.name, path.name), op, value)
            case Present(path):
                return Present(AttributePath(head.urn, head.name, path.name))
        return ValuePath(head, inner)

    return outside(tree.path, tree.inner) if isinstance(tree, ValuePath) else tree


def _swapped(op: str, other: str) -> Callable[[Tree], Tree]:
    return lambda tree: (
        Compare(tree.path, other, tree.value) if isinstance(tree, Compare) and tree.operator == op else tree
    )


def _first_only(text: str, user: User) -> bool | None:
    cut = {name: value[:1] if isinstance(value, list) else value for name, value in user.items()}
    return matches(parse_filter(text), cut, USERS)


WRONG_FILTERS: dict[str, Callable[[str, User], bool | None]] = {
    "finds everybody": lambda text, user: True,
    "finds nobody": lambda text, user: False,
    "compares with case": _case_exact,
    "forgets not": _rewritten(lambda tree: tree.inner if isinstance(tree, Not) else tree),
    "takes or for and": _rewritten(lambda tree: And(tree.left, tree.right) if isinstance(tree, Or) else tree),
    "takes and for or": _rewritten(lambda tree: Or(tree.left, tree.right) if isinstance(tree, And) else tree),
    "looks at the first element only": _first_only,
    "spreads brackets over elements": _rewritten(_across_elements),
    "takes sw for co": _rewritten(_swapped("sw", "co")),
    "takes ew for co": _rewritten(_swapped("ew", "co")),
    "takes ge for gt": _rewritten(_swapped("ge", "gt")),
    "takes lt for le": _rewritten(_swapped("lt", "le")),
    "takes ne for eq": _rewritten(_swapped("ne", "eq")),
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG_FILTERS.values(), ids=WRONG_FILTERS)
def test_a_server_that_filters_wrongly_is_found(wrong: Callable[[str, User], bool | None]) -> None:
    def judge(text: str) -> Finding | None:
        return filter_check.difference(text, [user for user in POOL if wrong(text, user)], POOL, USERS)

    found = finding_of(filters(POOL, USERS), judge, examples=1_000)
    assert found.message.startswith("a filter returns the wrong resources: ")


# ── wrong servers: PATCH ──


def _state(user: User, operations: list[dict[str, Any]]) -> User | None:
    states = [one for one in apply_patch(user, operations, USERS) if isinstance(one, Holds)]
    return states[0].resource if states else None


def _each(
    change: Callable[[dict[str, Any]], list[dict[str, Any]]],
) -> Callable[[User, list[dict[str, Any]]], User | None]:
    return lambda user, operations: _state(user, [one for operation in operations for one in change(operation)])


def _whole_complex(operation: dict[str, Any]) -> list[dict[str, Any]]:
    if operation["op"] == "replace" and isinstance(operation["value"], dict) and operation.get("path") == "name":
        return [{"op": "remove", "path": "name"}, operation]
    return [operation]


def _two_primaries(user: User, operations: list[dict[str, Any]]) -> User | None:
    after = _state(user, operations)
    if after is None:
        return None
    was = [one["value"] for one in user["emails"] if one.get("primary")]
    emails = [{**one, "primary": True} if one.get("value") in was else one for one in after.get("emails") or ()]
    return {**after, "emails": emails}


WRONG_PATCHES: dict[str, Callable[[User, list[dict[str, Any]]], User | None]] = {
    "does nothing": lambda user, operations: user,
    "replaces instead of adding": _each(lambda one: [{**one, "op": "replace"} if one["op"] == "add" else one]),
    "adds instead of replacing": _each(lambda one: [{**one, "op": "add"} if one["op"] == "replace" else one]),
    "removes whatever the condition": _each(
        lambda one: [{**one, "path": one["path"].partition("[")[0]} if one["op"] == "remove" else one]
    ),
    "does the first operation only": lambda user, operations: _state(user, operations[:1]),
    "does the last operation only": lambda user, operations: _state(user, operations[-1:]),
    "ignores operations without path": _each(lambda one: [one] if "path" in one else []),
    "clears a complex attribute first": _each(_whole_complex),
    "leaves two primaries": _two_primaries,
}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", WRONG_PATCHES.values(), ids=WRONG_PATCHES)
def test_a_server_that_patches_wrongly_is_found(wrong: Callable[[User, list[dict[str, Any]]], User | None]) -> None:
    def judge(operations: list[dict[str, Any]]) -> Finding | None:
        accepted = [one for one in apply_patch(FULL, operations, USERS) if isinstance(one, Holds)]
        left = wrong(FULL, operations)
        if left is None or not accepted or any(alike(one.resource, left, USERS) for one in accepted):
            return None
        return Finding(str(operations))

    finding_of(patches(FULL, USERS, mark="new"), judge, examples=1_000)
