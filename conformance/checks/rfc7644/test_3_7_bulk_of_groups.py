"""RFC 7644 section 3.7: bulk changes of groups, and bulk requests without schemas."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import bulk, code, post, results
from conformance.topics.samples import ids, member, members


@requirement(
    "RFC7644-3.7-02",
    level="lie",
    consequence="Users are created with a bulk request, but their groups do not change.",
    fix="Pass each operation to the handler of its endpoint.",
)
def test_bulk_changes_groups(scim: Session) -> None:
    """PUT, PATCH, and DELETE of groups in one bulk request must take effect."""
    scim.target.need("bulk")
    scim.target.need("patch")
    user, other = scim.new_user(), scim.new_user()
    put, patched, deleted = (scim.new_group(members=[member(user)]) for _ in range(3))
    addition = {"op": "add", "path": "members", "value": [member(other)]}
    body = scim.group_body(displayName=put["displayName"], members=[member(other)])
    answer = bulk(
        scim,
        {"method": "PUT", "path": scim.path_of(put), "data": body},
        {"method": "PATCH", "path": scim.path_of(patched), "data": {"schemas": [PATCH_URN], "Operations": [addition]}},
        {"method": "DELETE", "path": scim.path_of(deleted)},
    )
    codes = [code(result) for result in results(answer)]
    if len(codes) != 3 or codes[0] != "200" or codes[1] not in ("200", "204") or codes[2] != "204":
        raise Finding(
            "an operation of the bulk request has an unexpected status", "200, 200 or 204, and 204", " ".join(codes)
        )
    expect.equal(members(scim.read(put)), ids(other), "members after PUT")
    expect.equal(members(scim.read(patched)), ids(user, other), "members after PATCH")
    expect.status(scim.get(scim.path_of(deleted)), 404)


@requirement(
    "RFC7644-3.7-03",
    level="cosmetic",
    consequence="A request that was meant for something else changes many users at once.",
    fix="Return 400 invalidSyntax if schemas does not contain the URN of BulkRequest.",
)
def test_bulk_request_without_its_schema_is_refused(scim: Session) -> None:
    """A bulk request without schemas must be rejected with 400; executing it is a warning."""
    body = scim.user_body()
    answer = bulk(scim, post(scim.users, "new", body), schemas=None)
    if answer.status == 200:
        scim.warn("a bulk request without schemas is executed", "400", "200")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))
