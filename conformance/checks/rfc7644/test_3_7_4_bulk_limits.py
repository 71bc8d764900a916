"""RFC 7644 section 3.7.4: how much a bulk request may hold."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import Json, bulk, post

MOST_OPERATIONS = 5_000
MOST_BYTES = 4 * 1024 * 1024
LIMITS = {"operations": "maxOperations", "bytes": "maxPayloadSize"}


@requirement(
    "RFC7644-3.7.4-01",
    level="cosmetic",
    consequence="A client cannot know how much it may send, and finds out by failures.",
    fix="Publish maxOperations and maxPayloadSize as numbers.",
)
def test_bulk_limits_are_numbers(scim: Session) -> None:
    """maxOperations and maxPayloadSize are integers above 0."""
    scim.target.need("bulk")
    for name in LIMITS.values():
        held = (scim.target.config.get("bulk") or {}).get(name)
        if not isinstance(held, int) or isinstance(held, bool) or held < 1:
            raise Finding(f"bulk.{name} is no limit", "an integer above 0", repr(held))


@pytest.mark.parametrize("limit", LIMITS)
@requirement(
    "RFC7644-3.7.4-03",
    "RFC7644-3.7.4-04",
    "RFC7644-3.12-13",
    consequence="One request of a client takes the whole database; or the client never learns why it fails.",
    fix="Enforce the limits that are published: 413, with the limit in detail, before anything is done.",
)
def test_bulk_over_the_limit_is_413(scim: Session, limit: str) -> None:
    """A request over maxOperations, or over maxPayloadSize, is 413 that names the limit, and nothing of it is done."""
    scim.target.need("bulk")
    most = (scim.target.config.get("bulk") or {}).get(LIMITS[limit])
    if not isinstance(most, int) or most > (MOST_OPERATIONS if limit == "operations" else MOST_BYTES):
        scim.note(f"{LIMITS[limit]} is too large to try")
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
        raise Finding("the 413 does not name the limit", f"{LIMITS[limit]} or {most}", told[:160])
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))


@requirement(
    "RFC7644-3.7-05",
    "RFC7644-3.7.3-03",
    consequence="A client that keeps to the published limit is refused all the same.",
    fix="Take as many operations as maxOperations says.",
)
def test_bulk_at_the_limit_is_taken(scim: Session) -> None:
    """A request with as many operations as maxOperations says, up to 50, is carried out."""
    scim.target.need("bulk")
    most = (scim.target.config.get("bulk") or {}).get("maxOperations")
    number = min(most, 50) if isinstance(most, int) else 1
    answer = bulk(scim, *[{"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}] * number)
    expect.equal(len(expect.status(answer, 200)["Operations"] or ()), number, "the number of results")
