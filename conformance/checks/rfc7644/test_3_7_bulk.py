"""RFC 7644 section 3.7: bulk requests, their four HTTP methods, and invalid bulk requests."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.target.fields import Fields
from conformance.topics.bulk_requests import Json, bulk, by_bulk_id, code, made, post, results
from conformance.topics.samples import replaced

HALF = "Only part of an import arrives, and the client does not learn which part."
URN = "urn:ietf:params:scim:api:messages:2.0:"


@requirement(
    "RFC7644-3.7-02",
    "RFC7644-3.2-05",
    "RFC7644-3.7.3-03",
    level="lie",
    consequence=HALF,
    fix="Execute each operation like the single request that it stands for.",
)
def test_bulk_takes_all_four_methods(scim: Session) -> None:
    """A bulk request with POST, PUT, PATCH, and DELETE must execute each operation and report its status."""
    replaced_one, patched, deleted = (scim.read(scim.new_user()) for _ in range(3))
    value, body = scim.name(), scim.user_body()
    operations: list[Json] = [
        post(scim.users, "new", body),
        {"method": "PUT", "path": scim.path_of(replaced_one), "data": {**replaced_one, "externalId": value}},
        {"method": "DELETE", "path": scim.path_of(deleted)},
    ]
    if scim.target.offers("patch"):
        data = {"schemas": [PATCH_URN], "Operations": [replaced(value, "externalId")]}
        operations.append({"method": "PATCH", "path": scim.path_of(patched), "data": data})
    listed = results(bulk(scim, *operations), len(operations))
    codes = [code(item) for item in listed]
    wanted = [{"201"}, {"200"}, {"204"}, {"200", "204"}][: len(operations)]
    if not all(got in fit for got, fit in zip(codes, wanted, strict=True)):
        raise Finding(
            "an operation of the bulk request has an unexpected status",
            "201, 200, 204, and 200 or 204",
            " ".join(codes),
        )
    expect.equal(str(made(scim, listed[0])["userName"]).lower(), body["userName"].lower(), "userName of the new user")
    expect.holds(scim.read(replaced_one), externalId=value)
    expect.status(scim.get(scim.path_of(deleted)), 404)
    if scim.target.offers("patch"):
        expect.holds(scim.read(patched), externalId=value)


@requirement(
    "RFC7644-3.7-04",
    "RFC7644-3.7-13",
    "RFC7644-3.7-15",
    "RFC7644-3.7-16",
    "RFC7644-3.7-21",
    "RFC7644-3.7.3-01",
    level="refusal",
    consequence="The client cannot match its users with the ids in the response.",
    fix="Return a BulkResponse that has the method, bulkId, status, and location of each operation.",
)
def test_bulk_creates(scim: Session) -> None:
    """Each operation must have a result with status, bulkId, and a location that leads to the resource."""
    bodies = {f"b{number}": scim.user_body() for number in range(3)}
    answer = bulk(scim, *[post(scim.users, name, body) for name, body in bodies.items()])
    listed = by_bulk_id(answer)
    expect.equal(answer["schemas"], [f"{URN}BulkResponse"], "schemas")
    results(answer, len(bodies))
    for name, body in bodies.items():
        shown = made(scim, listed[name])
        expect.equal(
            str(shown["userName"]).lower(), body["userName"].lower(), "userName of the resource at the location"
        )
        held = listed[name].get("response")
        if held is not None and held != {}:  # may be omitted on success
            expect.equal(isinstance(held, dict) and held.get("id"), shown["id"], "id in the response of the operation")


@pytest.mark.parametrize("case", ["wrong schema", "no Operations", "Operations is an object", "Operations is a string"])
@requirement(
    "RFC7644-3.7-03",
    "RFC7644-3.7-07",
    consequence="A malformed import is reported as a success.",
    fix="Validate the bulk request before its operations, and return 400 invalidSyntax.",
)
def test_bulk_request_without_its_form_is_refused(scim: Session, case: str) -> None:
    """A bulk request without a list of Operations must be rejected with 400; accepting a wrong schema is a warning."""
    body = scim.user_body()
    operation = post(scim.users, "new", body)
    broken: dict[str, Json] = {
        "wrong schema": {"schemas": ["urn:scimulator:check:wrong"]},
        "no Operations": {"Operations": None},
        "Operations is an object": {"Operations": operation},
        "Operations is a string": {"Operations": "POST"},
    }
    answer = bulk(scim, operation, **broken[case])
    if case == "wrong schema" and answer.status == 200:
        scim.warn("a bulk request with a wrong schema is executed", "400", "200")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))


@pytest.mark.parametrize("method", ["GET", "", None, "post"], ids=["GET", "empty", "none", "post in lower case"])
@requirement(
    "RFC7644-3.7-08",
    level="lie",
    consequence=HALF,
    fix="Reject an operation with another HTTP method with its own status, and continue with the others.",
)
def test_bulk_knows_four_methods(scim: Session, method: str | None) -> None:
    """An operation with an unknown or missing method must fail on its own, or the whole request must fail with 400."""
    odd = {**post(scim.users, "odd", scim.user_body()), "method": method}
    if method is None:
        del odd["method"]
    answer = bulk(scim, odd, post(scim.users, "good", scim.user_body()))
    if answer.status == 400:  # the request as a whole
        expect.scim_error(answer, 400)
        return
    made(scim, by_bulk_id(answer)["good"])
    result = next((item for item in results(answer, 2) if item.get("bulkId") != "good"), Fields())
    if (
        method == "post" and code(result) == "201"
    ):  # HTTP methods are case-sensitive, but a server may accept lower case
        made(scim, result)
    elif not code(result).startswith(("40", "501")):
        raise Finding("an operation with an invalid method does not fail", "400", code(result))


@pytest.mark.parametrize("missing", ["bulkId", "path", "data", "the endpoint"])
@requirement(
    "RFC7644-3.7.3-03",
    "RFC7644-3.7-09",
    "RFC7644-3.7-11",
    "RFC7644-3.7-12",
    consequence=HALF,
    fix="Reject an incomplete operation with status 400, and continue with the others.",
)
def test_bulk_operation_that_lacks_a_member_fails(scim: Session, missing: str) -> None:
    """An incomplete POST operation, or one with an unknown path, must fail; accepting one without bulkId is a warning."""
    bad = post(scim.users, "bad", scim.user_body())
    if missing == "the endpoint":
        bad["path"] = "/ScimulatorNothing"
    else:
        del bad[missing]
    answer = bulk(scim, bad, post(scim.users, "good", scim.user_body()))
    if answer.status == 400:
        expect.scim_error(answer, 400)
        return
    first, second = results(answer, 2)
    made(scim, second)
    if missing == "bulkId" and code(first) == "201":
        scim.warn("a POST operation without bulkId is executed", "400", "201")
    elif code(first) not in ("400", "404", "405", "501"):
        raise Finding(f"a POST operation without {missing} does not fail", "400", code(first))


@requirement(
    "RFC7644-3.7-10",
    "RFC7644-3.14-07",
    level="lie",
    consequence="Concurrent changes are lost.",
    fix="Treat the version of an operation like If-Match.",
)
def test_bulk_honours_versions(scim: Session) -> None:
    """A bulk PUT with an outdated version must fail with 412; one with the current version must succeed."""
    scim.target.need("etag")
    user = scim.read(scim.new_user())
    version = scim.get(scim.path_of(user)).headers.get("etag", "")
    put = {"method": "PUT", "path": scim.path_of(user), "data": {**user, "externalId": scim.name()}}
    stale = results(bulk(scim, {**put, "version": 'W/"scimulator-stale"'}), 1)[0]
    expect.equal(code(stale) in ("412", "409"), True, f"an operation status of 412 ({code(stale)})")
    expect.unchanged(scim, user)
    current = results(bulk(scim, {**put, "version": version}), 1)[0]
    if code(current) == "412":
        scim.warn("the current version does not match", "200", "412")
    else:
        expect.equal(code(current), "200", "the status with the current version")
