"""RFC 7644 section 3.7.3: a bulk request with the maximum number of operations."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.bulk_requests import bulk, made, post, results
from conformance.topics.crowds import by_size

MOST = 2_000


@requirement(
    "RFC7644-3.7.3-01",
    "RFC7644-3.7.4-01",
    level="lie",
    consequence="The operations at the end of a large request are lost without any error.",
    fix="Execute every operation of a request within the limits, or reject the whole request with 413.",
)
def test_bulk_carries_out_as_many_operations_as_announced(scim: Session) -> None:
    """A bulk request with maxOperations operations must execute all of them, including the last, and report each."""
    scim.target.need("bulk")
    limits = scim.target.config.get("bulk") or {}
    most, size = limits.get("maxOperations"), limits.get("maxPayloadSize")
    if not isinstance(most, int) or not isinstance(size, int) or most < 1:
        raise NotOffered("bulk.maxOperations")
    unknown = {"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}
    number = max(1, min(most, MOST, size // 120 - 10))

    def send(operations: int) -> None:
        answer = bulk(scim, *[unknown] * (operations - 1), post(scim.users, "last", scim.user_body()))
        last = [result for result in results(answer, operations) if result.get("bulkId") == "last"]
        if not last:
            raise Finding("the last operation has no result", "a result with its bulkId", "none")
        made(scim, last[0])

    by_size(scim, send, number, 2)
