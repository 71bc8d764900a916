"""RFC 7644 section 3.5.2: random PATCH requests on random users, checked against a model of the RFC."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from conformance.check_api.session import Session
from conformance.model.definitions import Definitions, definitions_of
from conformance.model.likeness import alike, differences
from conformance.model.outcome import Holds, Open, Outcome, Refused
from conformance.model.patch_model import apply_patch
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, Undecided
from conformance.target.client import Answer
from conformance.topics.oracle import MARK, holds_for_all, made, named, pool_of
from conformance.values.any_patch import patches

USERS = 4
UNIQUENESS = 409  # depends on other resources, so other checks test it


@requirement(
    "RFC7644-3.5.2-20",
    "RFC7644-3.5.2-21",
    "RFC7644-3.5.2-22",
    *(f"RFC7644-3.5.2.1-{number:02}" for number in (3, 4, 5, 6, 7, 8, 12)),
    *(f"RFC7644-3.5.2.2-{number:02}" for number in (2, 3, 5, 6, 7, 8, 10)),
    *(f"RFC7644-3.5.2.3-{number:02}" for number in (1, 2, 3, 4, 5, 6, 7, 8)),
    level="lie",
    consequence="The provider believes that the change was made and never sends it again.",
)
def test_any_patch_leaves_what_the_rfc_says(scim: Session) -> None:
    """Random PATCH requests must leave a user in a state that the RFC allows."""
    scim.target.need("patch")
    definitions = definitions_of(scim.target, "User")
    bodies = [body for body, _ in pool_of(scim, "User", USERS, scim.name())]
    cases = [st.tuples(st.just(at), patches(body, definitions, mark=MARK)) for at, body in enumerate(bodies)]

    def judge(case: tuple[int, list[dict[str, Any]]]) -> Finding | None:
        name = scim.name()
        user, operations = made(scim, "User", bodies[case[0]], name), named(case[1], name)
        if user is None:
            raise Undecided("setup: a POST is rejected although the same body was accepted before")
        outcomes = apply_patch(user, operations, definitions)
        if any(isinstance(one, Open) for one in outcomes):
            return None
        answer = scim.patch(scim.path_of(user), *operations)
        return difference(operations, answer, user, scim.read(user), outcomes, definitions)

    holds_for_all(scim, st.one_of(cases), judge)


def difference(
    operations: list[dict[str, Any]],
    answer: Answer,
    before: dict[str, Any],
    after: dict[str, Any],
    outcomes: list[Outcome],
    definitions: Definitions,
) -> Finding | None:
    """Return a finding if the response and the resource match none of the possible outcomes."""
    told = f"PATCH {json.dumps(operations, ensure_ascii=False)}"
    held = [one for one in outcomes if isinstance(one, Holds)]
    if answer.status in (200, 204):
        if any(alike(one.resource, after, definitions) for one in held):
            return None
        if not held:
            return Finding(f"{told}: accepted", _refusal(outcomes), answer.told)
        expected, got = differences(held[0].resource, after, definitions)
        return Finding(f"{told}: leaves another state than the RFC allows", expected, got)
    if not alike(before, after, definitions):
        return Finding(f"{told}: rejected, but it changed the user", *differences(before, after, definitions))
    if answer.status == UNIQUENESS or (answer.status == 400 and any(isinstance(one, Refused) for one in outcomes)):
        return None
    return Finding(f"{told}: rejected", "200 or 204", answer.told, level="refusal")


def _refusal(outcomes: list[Outcome]) -> str:
    types = sorted({kind for one in outcomes if isinstance(one, Refused) for kind in one.scim_types})
    return f"400 {' or '.join(types)}"
