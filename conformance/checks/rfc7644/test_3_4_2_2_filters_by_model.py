"""RFC 7644 section 3.4.2.2: random filters on random users, checked against a model of the RFC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.model.definitions import Definitions, definitions_of
from conformance.model.filter_model import Refusal, matches, parse_filter, refusal
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.oracle import holds_for_all, pool_of
from conformance.values.any_filter import filters
from simulator.wording import counted

USERS = 5


@requirement(
    *(f"RFC7644-3.4.2.2-{number:02}" for number in (3, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23)),
    *(f"RFC7644-3.4.2.2-{number:02}" for number in (27, 31, 32, 33, 34, 39, 41)),
    level="lie",
    consequence="The provider mistakes another account for its user, or creates an account that already exists.",
)
def test_any_filter_chooses_what_the_rfc_says(scim: Session) -> None:
    """Random filters must find exactly the users that match according to the RFC; rejecting one is a warning."""
    scim.target.need("filter")
    name = scim.name()
    definitions = definitions_of(scim.target, "User")
    users = [user for _, user in pool_of(scim, "User", USERS, name)]
    refused: list[str] = []

    def judge(text: str) -> Finding | None:
        answer = scim.search(f'userName sw "{name}-" and ({text})', count=100)
        if answer.status in expect.DECLINED:
            refused.extend([text] if refusal(parse_filter(text), definitions) is Refusal.NEVER else [])
            return None
        return difference(text, expect.listing(answer), users, definitions)

    holds_for_all(scim, filters(users, definitions), judge)
    if refused:
        shortest = min(refused, key=len)
        told = counted(len(refused), "filter that the RFC defines is", "filters that the RFC defines are")
        scim.warn(f"{told} rejected: {shortest}", "200", "400 or 501")


def difference(
    text: str, hits: Sequence[dict[str, Any]], users: Sequence[dict[str, Any]], definitions: Definitions
) -> Finding | None:
    """Return a finding if the results differ from the model. Users that the RFC leaves open may or may not match."""
    tree = parse_filter(text)
    ids = {str(hit.get("id")) for hit in hits}
    known = {str(user["id"]): matches(tree, user, definitions) for user in users}
    wanted = {id_ for id_, opinion in known.items() if opinion is True}
    if wanted <= ids <= {id_ for id_, opinion in known.items() if opinion is not False}:
        return None
    return Finding(f"a filter returns the wrong resources: {text}", _names(users, wanted), _names(users, ids))


def _names(users: Sequence[dict[str, Any]], ids: set[str]) -> str:
    chosen = [str(user.get("userName")) for user in users if user["id"] in ids]
    strangers = len(ids - {str(user["id"]) for user in users})
    return f"{len(ids)}: {', '.join(chosen)}" + (f" and {counted(strangers, 'other resource')}" if strangers else "")
