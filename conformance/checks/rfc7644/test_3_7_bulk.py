"""RFC 7644 section 3.7: bulk requests, their four methods, and what is no bulk request."""

from __future__ import annotations

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import Json, bulk, by_bulk_id, code, made, post, results
from conformance.topics.samples import replaced

HALF = "Half of an import arrives, and nobody is told which half."
URN = "urn:ietf:params:scim:api:messages:2.0:"


@requirement(
    "RFC7644-3.7-02",
    "RFC7644-3.2-05",
    "RFC7644-3.7.3-03",
    level="lie",
    consequence=HALF,
    fix="Carry each operation out as the request of its own that it stands for.",
)
def test_bulk_takes_all_four_methods(scim: Session) -> None:
    """A create, a replace, a patch and a delete in one request: each has its status and its effect."""
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
        raise Finding("the statuses of the operations", "201 200 204 and 200 or 204", " ".join(codes))
    expect.equal(str(made(scim, listed[0])["userName"]).lower(), body["userName"].lower(), "userName of the new one")
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
    consequence="The client cannot tell which of its people got which id.",
    fix="Answer with a BulkResponse: for each operation its method, bulkId, status and location.",
)
def test_bulk_creates(scim: Session) -> None:
    """Each operation has its result with status, bulkId and a location that leads to the resource."""
    bodies = {f"b{number}": scim.user_body() for number in range(3)}
    answer = bulk(scim, *[post(scim.users, name, body) for name, body in bodies.items()])
    listed = by_bulk_id(answer)
    expect.equal(answer["schemas"], [f"{URN}BulkResponse"], "schemas")
    results(answer, len(bodies))
    for name, body in bodies.items():
        shown = made(scim, listed[name])
        expect.equal(str(shown["userName"]).lower(), body["userName"].lower(), "userName behind the location")
        held = listed[name].get("response")
        if held is not None and held != {}:  # may be left out on success
            expect.equal(isinstance(held, dict) and held.get("id"), shown["id"], "id in the response of the operation")


@pytest.mark.parametrize("case", ["wrong schema", "no Operations", "Operations is an object", "Operations is a text"])
@requirement(
    "RFC7644-3.7-03",
    "RFC7644-3.7-07",
    consequence="A broken import is told as a success.",
    fix="Check the envelope before the operations; 400 invalidSyntax.",
)
def test_bulk_request_without_its_form_is_refused(scim: Session, case: str) -> None:
    """A bulk request with a wrong schema, or whose Operations are no list, is 400, and nothing is created."""
    body = scim.user_body()
    operation = post(scim.users, "new", body)
    broken: dict[str, Json] = {
        "wrong schema": {"schemas": ["urn:scimulator:check:wrong"]},
        "no Operations": {"Operations": None},
        "Operations is an object": {"Operations": operation},
        "Operations is a text": {"Operations": "POST"},
    }
    answer = bulk(scim, operation, **broken[case])
    if case == "wrong schema" and answer.status == 200:
        scim.warn("a bulk request with a wrong schema is carried out", "400", "200")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{body["userName"]}"'))


@pytest.mark.parametrize("method", ["GET", "", None, "post"], ids=["GET", "empty", "none", "post in small letters"])
@requirement(
    "RFC7644-3.7-08",
    level="lie",
    consequence=HALF,
    fix="Refuse an operation with another method with a status of its own, and go on.",
)
def test_bulk_knows_four_methods(scim: Session, method: str | None) -> None:
    """An operation with another method, or without one, fails with 400; the ones beside it are carried out."""
    odd = {**post(scim.users, "odd", scim.user_body()), "method": method}
    if method is None:
        del odd["method"]
    answer = bulk(scim, odd, post(scim.users, "good", scim.user_body()))
    if answer.status == 400:  # the request as a whole
        expect.scim_error(answer, 400)
        return
    made(scim, by_bulk_id(answer)["good"])
    result = next(item for item in results(answer, 2) if item.get("bulkId") != "good")
    if method == "post" and code(result) == "201":
        made(scim, result)
    elif not code(result).startswith(("40", "501")):
        raise Finding("an operation with such a method is not refused", "400", code(result))


@pytest.mark.parametrize("missing", ["bulkId", "path", "data", "the endpoint"])
@requirement(
    "RFC7644-3.7.3-03",
    "RFC7644-3.7-09",
    "RFC7644-3.7-11",
    "RFC7644-3.7-12",
    consequence=HALF,
    fix="Refuse an operation that lacks a member with status 400, and go on.",
)
def test_bulk_operation_that_lacks_a_member_fails(scim: Session, missing: str) -> None:
    """A POST without bulkId, path or data, or on a path that is not there, fails alone with its own status."""
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
        scim.warn("a POST without bulkId is carried out", "400", "201")
    elif code(first) not in ("400", "404", "405", "501"):
        raise Finding(f"a POST without {missing} is not refused", "400", code(first))


@requirement(
    "RFC7644-3.7-10",
    "RFC7644-3.14-07",
    level="lie",
    consequence="Parallel changes get lost.",
    fix="Compare the version of an operation as If-Match.",
)
def test_bulk_honours_versions(scim: Session) -> None:
    """A PUT with a version that is no longer current fails with 412 and changes nothing; one with the current works."""
    scim.target.need("etag")
    user = scim.read(scim.new_user())
    version = scim.get(scim.path_of(user)).headers.get("etag", "")
    put = {"method": "PUT", "path": scim.path_of(user), "data": {**user, "externalId": scim.name()}}
    stale = results(bulk(scim, {**put, "version": 'W/"scimulator-stale"'}), 1)[0]
    expect.equal(code(stale) in ("412", "409"), True, f"a 412 of the operation ({code(stale)})")
    expect.unchanged(scim, user)
    current = results(bulk(scim, {**put, "version": version}), 1)[0]
    if code(current) == "412":
        scim.warn("a current version does not match", "200", "412")
    else:
        expect.equal(code(current), "200", "the status with the current version")
