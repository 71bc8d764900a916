"""RFC 7644 section 3.7: bulk."""

from __future__ import annotations

from typing import Any

from conformance import expect
from conformance.client import Answer
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


def send(scim: Session, *operations: dict[str, Any], **members: Any) -> Answer:
    """A bulk request; what it creates is remembered for cleaning up."""
    scim.target.need("bulk")
    answer = scim.client.send("POST", "/Bulk", {"schemas": [REQUEST_URN], **members, "Operations": list(operations)})
    for operation in answer["Operations"] or ():
        if str(operation.get("status")) == "201" and operation.get("location"):
            scim.remember_url(str(operation["location"]))
    return answer


def results(answer: Answer) -> list[dict[str, Any]]:
    expect.status(answer, 200)
    expect.equal(RESPONSE_URN in (answer["schemas"] or ()), True, "the BulkResponse URN in schemas")
    listed = answer["Operations"]
    if not isinstance(listed, list):
        raise Finding("Operations is no list", "a list", repr(listed))
    return listed


def code(operation: dict[str, Any]) -> str:
    held = operation.get("status")
    return str(held.get("code")) if isinstance(held, dict) else str(held)


@requirement(
    "RFC7644-3.7-02", "RFC7644-3.7-04", "RFC7644-3.7-13", "RFC7644-3.7-16", "RFC7644-3.7-21", "RFC7644-3.7.3-01"
)
def test_bulk_creates(scim: Session) -> None:
    """Each operation has its result with status, bulkId and location."""
    bodies = [scim.user_body(), scim.user_body()]
    operations = [
        {"method": "POST", "path": scim.users, "bulkId": f"b{n}", "data": body} for n, body in enumerate(bodies)
    ]
    listed = results(send(scim, *operations))
    expect.equal([code(item) for item in listed], ["201", "201"], "the statuses")
    expect.equal([item.get("bulkId") for item in listed], ["b0", "b1"], "the bulkIds")
    for item, body in zip(listed, bodies, strict=True):
        read = expect.status(scim.get(str(item.get("location"))), 200)
        expect.equal(str(read["userName"]).lower(), body["userName"].lower(), "userName behind the location")


@requirement("RFC7644-3.7.2-02", "RFC7644-3.7.2-05", level="lie")
def test_bulk_references_work_in_either_direction(scim: Session) -> None:
    """A group that comes before its member gets the member's real id."""
    operations = [
        {
            "method": "POST",
            "path": scim.groups,
            "bulkId": "g",
            "data": scim.group_body(members=[{"value": "bulkId:u"}]),
        },
        {"method": "POST", "path": scim.users, "bulkId": "u", "data": scim.user_body()},
    ]
    by_name = {item.get("bulkId"): item for item in results(send(scim, *operations))}
    expect.equal([code(by_name[name]) for name in ("g", "u")], ["201", "201"], "the statuses")
    group = expect.status(scim.get(str(by_name["g"]["location"])), 200)
    user = expect.status(scim.get(str(by_name["u"]["location"])), 200)
    expect.equal([member.get("value") for member in group["members"] or ()], [user["id"]], "members")


@requirement("RFC7644-3.7-14", "RFC7644-3.7-18", "RFC7644-3.7.3-04")
def test_bulk_goes_on_after_a_failure(scim: Session) -> None:
    """A failed operation has its error, the next one is carried out."""
    bad = scim.user_body()
    del bad["userName"]
    operations = [
        {"method": "POST", "path": scim.users, "bulkId": "bad", "data": bad},
        {"method": "POST", "path": scim.users, "bulkId": "good", "data": scim.user_body()},
    ]
    by_name = {item.get("bulkId"): item for item in results(send(scim, *operations))}
    expect.equal((code(by_name["bad"]), code(by_name["good"])), ("400", "201"), "the statuses")
    if not by_name["bad"].get("response") and not by_name["bad"].get("detail"):
        raise Finding("the failed operation has no error", "response", repr(by_name["bad"]))


@requirement("RFC7644-3.7.3-01", level="lie")
def test_bulk_stops_after_fail_on_errors(scim: Session) -> None:
    """failOnErrors 1 ends processing with the first error."""
    bad = scim.user_body()
    del bad["userName"]
    good = scim.user_body()
    operations = [
        {"method": "POST", "path": scim.users, "bulkId": "bad", "data": bad},
        {"method": "POST", "path": scim.users, "bulkId": "good", "data": good},
    ]
    expect.equal(len(results(send(scim, *operations, failOnErrors=1))), 1, "the number of results")
    expect.found(scim.search(f'userName eq "{good["userName"]}"'))


@requirement("RFC7644-3.7.4-03", "RFC7644-3.7.4-04", "RFC7644-3.12-13")
def test_bulk_over_the_limit_is_413(scim: Session) -> None:
    """More operations than maxOperations give 413."""
    scim.target.need("bulk")
    most = (scim.target.config.get("bulk") or {}).get("maxOperations")
    if not isinstance(most, int) or most > 5_000:
        scim.note("maxOperations is too large to try")
        return
    operation = {"method": "DELETE", "path": f"{scim.users}/{expect.UNKNOWN}"}
    expect.scim_error(send(scim, *[operation] * (most + 1)), 413)
