"""RFC 7644 section 3.7: bulk changes of groups, and a bulk request that does not say what it is."""

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
    consequence="Users arrive by bulk, and the groups that were to hold them do not change.",
    fix="Hand each operation to the handler of its endpoint.",
)
def test_bulk_changes_groups(scim: Session) -> None:
    """A replace, a patch and a deletion of three groups in one request take effect."""
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
        raise Finding("the statuses of the operations", "200, 200 or 204, 204", " ".join(codes))
    expect.equal(members(scim.read(put)), ids(other), "members after the replace")
    expect.equal(members(scim.read(patched)), ids(user, other), "members after the patch")
    expect.status(scim.get(scim.path_of(deleted)), 404)


@requirement(
    "RFC7644-3.7-03",
    level="cosmetic",
    consequence="A request that was meant for something else changes many people at once.",
    fix="Answer 400 invalidSyntax to a body whose schemas is not that of a BulkRequest.",
)
def test_bulk_request_without_its_schema_is_refused(scim: Session) -> None:
    """A bulk request without schemas is 400; one that is carried out all the same is a warning (notes A-01)."""
    body = scim.user_body()
    answer = bulk(scim, post(scim.users, "new", body), schemas=None)
    if answer.status == 200:
        scim.warn("a bulk request without its schema is carried out", "400", "200")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))
