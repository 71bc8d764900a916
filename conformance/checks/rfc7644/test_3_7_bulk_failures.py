"""RFC 7644 sections 3.7 and 3.7.3: failed operations and their effect on the others."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import PATCH_URN, Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.topics.bulk_requests import bulk, by_bulk_id, code, error_of, made, post, results
from conformance.topics.samples import replaced

Json = dict[str, Any]


@requirement(
    "RFC7644-3.7-17",
    "RFC7644-3.7-18",
    "RFC7644-3.7.3-01",
    "RFC7644-3.7.3-03",
    level="lie",
    consequence="Only part of an import arrives because of one invalid operation.",
    fix="Continue after a failure unless failOnErrors says otherwise, and return 200 for the request.",
)
def test_bulk_goes_on_after_a_failure(scim: Session) -> None:
    """If one of five operations is invalid, the request must return 200 and execute the other four."""
    operations = [post(scim.users, f"good{number}", scim.user_body()) for number in range(4)]
    operations.insert(1, _bad(scim))
    answer = bulk(scim, *operations)
    results(answer, 5)
    listed = by_bulk_id(answer)
    expect.equal(code(listed["bad"]), "400", "the status of the invalid operation")
    for number in range(4):
        made(scim, listed[f"good{number}"])


@requirement(
    "RFC7644-3.7-19",
    "RFC7644-3.7-06",
    level="lie",
    consequence="A client that asked to stop at an error has changed every user by mistake.",
    fix="Count the errors, and stop when their number reaches failOnErrors.",
)
def test_bulk_stops_after_fail_on_errors(scim: Session) -> None:
    """With failOnErrors 1, the first error must stop processing: no further operation is executed or reported."""
    goods = [scim.user_body(), scim.user_body()]
    operations = [_bad(scim), *(post(scim.users, f"good{n}", body) for n, body in enumerate(goods))]
    answer = bulk(scim, *operations, failOnErrors=1)
    expect.equal([code(item) for item in results(answer)], ["400"], "the statuses of the operations")
    expect.equal("failOnErrors" in (answer.json or {}), False, "whether the response contains failOnErrors")
    if scim.target.offers("filter"):
        expect.found(scim.search(f'userName eq "{goods[0]["userName"]}"'))
    listed = by_bulk_id(bulk(scim, *operations, failOnErrors=2))
    made(scim, listed["good1"])


@requirement(
    "RFC7644-3.7-14",
    "RFC7644-3.7-16",
    "RFC7644-3.7-21",
    "RFC7644-3.7.3-03",
    "RFC7644-3.7.3-04",
    "RFC7644-3.12-29",
    "RFC7644-E7916-01",
    "RFC7644-E8096-01",
    consequence="The client learns that an operation failed, but not why.",
    fix="Return the error of a failed operation in its response, with schemas, status, scimType, and detail.",
)
def test_bulk_failure_says_why(scim: Session) -> None:
    """A failed operation must have a string status and a SCIM error with detail; a wrong scimType is a warning."""
    user = scim.new_user()
    result = by_bulk_id(bulk(scim, post(scim.users, "twin", scim.user_body(userName=user["userName"]))))["twin"]
    expect.equal(code(result), "409", "the status")
    _of_the_right_form(scim, result)
    error = error_of(result)
    if not isinstance(error.get("detail"), str) or not error["detail"].strip():
        raise Finding("the failed operation has no detail", "response.detail", json_of(result)[:200])
    if not result.get("response"):
        scim.note("the error is next to status, as in erratum 7916")
    else:
        expect.equal(error.get("schemas"), [expect.ERROR_URN], "schemas of the error")
    if error.get("scimType") != "uniqueness":
        scim.warn("the failed operation has an unexpected scimType", "uniqueness", json_of(error.get("scimType")))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@requirement(
    "RFC7644-3.7-13",
    "RFC7644-3.7.3-02",
    "RFC7644-3.7.3-03",
    consequence="Without bulkId, the client cannot tell which of its changes failed.",
    fix="Return the location of the resource in each result except that of a failed POST.",
)
def test_bulk_failure_has_its_location(scim: Session, method: str) -> None:
    """A failed PUT, PATCH, or DELETE operation must have status 404 and the requested location in its result."""
    if method == "PATCH":
        scim.target.need("patch")
    path = f"{scim.users}/{scim.unknown()}"
    data = {"schemas": [PATCH_URN], "Operations": [replaced("x")]} if method == "PATCH" else scim.user_body()
    operation = {"method": method, "path": path, **({} if method == "DELETE" else {"data": data})}
    result = results(bulk(scim, operation), 1)[0]
    expect.equal(code(result), "404", "the status")
    _of_the_right_form(scim, result)
    if not str(result.get("location", "")).endswith(path):
        raise Finding(
            "the result does not name the failed resource", f"location …{path}", json_of(result.get("location"))
        )


def _bad(scim: Session) -> Json:
    """A POST operation that must fail because userName is missing."""
    body = scim.user_body()
    del body["userName"]
    return post(scim.users, "bad", body)


def _of_the_right_form(scim: Session, result: Json) -> None:
    """Verify the status of a result. An object as in an example of the RFC is a note, and a number is a warning."""
    held = result.get("status")
    if isinstance(held, dict):
        scim.note("status is an object with code, as in one example of the RFC")
    elif isinstance(held, int):
        scim.warn("the status of a result is a number", f'"{held}"', str(held))
    elif not isinstance(held, str) or not held.isdigit() or len(held) != 3:
        raise Finding("a result has no valid status", "a string of three digits", json_of(held))
