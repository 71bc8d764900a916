"""RFC 7644 section 3.7.4: limits of bulk requests."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import Json, bulk, post

MOST_OPERATIONS = 5_000
MOST_BYTES = 4 * 1024 * 1024
LIMITS = {"operations": "maxOperations", "bytes": "maxPayloadSize"}


@requirement(
    "RFC7644-3.7.4-01",
    level="cosmetic",
    consequence="A client cannot know how much it may send, and has to find out by trial and error.",
    fix="Publish maxOperations and maxPayloadSize as integers.",
)
def test_bulk_limits_are_numbers(scim: Session) -> None:
    """ServiceProviderConfig must publish maxOperations and maxPayloadSize as positive integers."""
    scim.target.need("bulk")
    for name in LIMITS.values():
        held = (scim.target.config.get("bulk") or {}).get(name)
        if not isinstance(held, int) or isinstance(held, bool) or held < 1:
            raise Finding(f"bulk.{name} is not a positive integer", "a positive integer", json_of(held))


@pytest.mark.parametrize("limit", LIMITS)
@requirement(
    "RFC7644-3.7.4-03",
    "RFC7644-3.7.4-04",
    "RFC7644-3.12-13",
    consequence="A single request can overload the server, or the client never learns why its request fails.",
    fix="Enforce the published limits before executing anything: return 413, and name the limit in detail.",
)
def test_bulk_over_the_limit_is_413(scim: Session, limit: str) -> None:
    """A bulk request over maxOperations or maxPayloadSize must be rejected with 413 and name the limit."""
    scim.target.need("bulk")
    most = (scim.target.config.get("bulk") or {}).get(LIMITS[limit])
    if not isinstance(most, int) or most > (MOST_OPERATIONS if limit == "operations" else MOST_BYTES):
        scim.note(f"{LIMITS[limit]} is too large to test")
        return
    body = scim.user_body()
    operations: list[Json] = [post(scim.users, "new", body)]
    if limit == "operations":
        operations += [{"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}] * most
        answer = bulk(scim, *operations)
    else:
        answer = bulk(scim, *operations, scimulatorPadding="x" * most)
    expect.gateway_error(scim, answer, 413)
    told = str(answer["detail"])
    if LIMITS[limit].lower() not in told.lower() and str(most) not in told:
        raise Finding("the error does not name the limit", f"{LIMITS[limit]} or {most}", told[:160])
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))


@requirement(
    "RFC7644-3.7-05",
    "RFC7644-3.7.3-03",
    consequence="A client that respects the published limit is still rejected.",
    fix="Accept as many operations as maxOperations says.",
)
def test_bulk_at_the_limit_is_taken(scim: Session) -> None:
    """A bulk request with maxOperations operations (at most 50) must be executed."""
    scim.target.need("bulk")
    most = (scim.target.config.get("bulk") or {}).get("maxOperations")
    number = min(most, 50) if isinstance(most, int) else 1
    answer = bulk(scim, *[{"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}] * number)
    expect.equal(len(expect.status(answer, 200)["Operations"] or ()), number, "the number of results")
