"""Property-based checks: draw random cases, judge each by the model, and report the smallest one that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure, Unsatisfiable
from hypothesis.internal.conjecture import providers

from conformance.check_api.session import Session
from conformance.model.definitions import Definitions, definitions_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.fields import Fields
from conformance.values.any_resource import any_resource, thinned

MARK = "scimulator-check-mark"  # placeholder in drawn values for the name that a resource gets on creation
TRIES = 8  # attempts to create a resource, each with about a third fewer attributes than the one before
MAX_SHRINK_STEPS = 60  # requests to shrink a failing case; a slow target must not delay the run


def holds_for_all(
    scim: Session,
    draw: st.SearchStrategy[Any],
    judge: Callable[[Any], Finding | None],
    *,
    examples: int | None = None,
    shrinks: int = MAX_SHRINK_STEPS,
) -> None:
    """Draw `examples` cases (by default as many as the run sets) and raise the Finding of the smallest failing case.

    Cases must be JSON, and none is judged twice. At most `shrinks` further cases are sent to shrink a failing one.
    """
    found: dict[str, Finding | None] = {}
    left = [shrinks]

    def check(case: Any) -> None:
        key = json.dumps(case, sort_keys=True)
        if key not in found:
            if any(found.values()):
                left[0] -= 1
            if left[0] <= 0:
                return
            found[key] = judge(case)
        if (finding := found[key]) is not None:
            raise finding

    _draw_from_the_seed_alone()
    try:
        seed(scim.seed)(_settings(examples or scim.examples)(given(draw)(check)))()
    except Unsatisfiable:
        raise NotOffered("a case that the model can judge") from None
    except FlakyFailure:
        raise Undecided("the server returned different responses to the same request") from None


def _draw_from_the_seed_alone() -> None:
    """Keep Hypothesis from using constants of loaded modules as values, and from storing them in a folder.

    This uses a private function of Hypothesis. If it moves, draws may differ between installations, with no other effect.
    The change stays for the whole process, because checks run in threads.
    """
    place: Any = providers
    if hasattr(place, "_get_local_constants") and hasattr(place, "Constants"):
        none = place.Constants()
        place._get_local_constants = lambda: none


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
    )


def named(document: Any, name: str) -> Any:
    """The drawn document with a real name in place of MARK."""
    return json.loads(json.dumps(document).replace(MARK, name))


def pool_of(scim: Session, type_name: str, number: int, name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """New resources that each lack different attributes, as (body with MARK in it, resource as a GET shows it).

    Their unique values begin with `name` and a hyphen. The bodies depend only on the seed.
    """
    definitions = definitions_of(scim.target, type_name)
    full = [any_resource(scim.target, type_name, scim.random, MARK) for _ in range(number)]
    return [_taken(scim, definitions, thinned(body, definitions, scim.random), name) for body in full]


def made(scim: Session, type_name: str, body: dict[str, Any], name: str) -> dict[str, Any] | None:
    """A new resource with that body as a GET shows it; None if the target rejects it."""
    answer = scim.post(scim.target.need_type(type_name), named(body, name))
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        return None
    return scim.read(Fields(answer.json))


def _taken(
    scim: Session, definitions: Definitions, body: dict[str, Any], name: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A resource with the body, or with fewer and fewer attributes, because targets reject some that they declare."""
    for _ in range(TRIES):
        if (resource := made(scim, definitions.name, body, name)) is not None:
            return body, resource
        body = thinned(body, definitions, scim.random)
    raise Undecided(f"setup: the server rejects every {definitions.name} with attributes that its schemas declare")
