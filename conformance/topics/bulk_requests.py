"""Send bulk requests and read their results (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.fields import Fields
from simulator.wording import counted

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Json = dict[str, Any]


def bulk(scim: Session, *operations: Json, **members: Any) -> Answer:
    """Send a bulk request and remember what it creates; raises NotOffered if the target does not support bulk.

    A member whose value is None is omitted from the request.
    """
    scim.target.need("bulk")
    body = {"schemas": [REQUEST_URN], "Operations": list(operations), **members}
    answer = scim.client.send("POST", "/Bulk", {name: value for name, value in body.items() if value is not None})
    listed = answer["Operations"]
    for operation in listed if isinstance(listed, list) else ():
        if isinstance(operation, dict) and code(operation) == "201" and operation.get("location"):
            scim.remember_url(str(operation["location"]))
    return answer


def post(endpoint: str, bulk_id: str, data: Json) -> Json:
    """A POST operation."""
    return {"method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data}


def results(answer: Answer, number: int | None = None) -> list[Json]:
    """The results of a successful bulk request, exactly `number` of them; raises Finding for anything else."""
    expect.status(answer, 200)
    listed = answer["Operations"]
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Finding("Operations is not a list of results", "a list", json_of(listed)[:160])
    if number is not None and len(listed) != number:
        raise Finding(
            "the number of results is not the number of operations",
            counted(number, "result"),
            str(len(listed)),
        )
    return listed


def by_bulk_id(answer: Answer) -> dict[str, Json]:
    """The results by bulkId; looking up a bulkId without a result raises Finding."""
    return _Results({str(item["bulkId"]): item for item in results(answer) if "bulkId" in item})


def code(result: Json) -> str:
    """The HTTP status of a result: a string, or an object with `code` as in the examples of RFC 7644 section 3.7."""
    held = result.get("status")
    return str(held.get("code")) if isinstance(held, dict) else str(held)


def error_of(result: Json) -> Json:
    """The error of a failed operation: in `response`, or beside `status` as in erratum 7916; empty if there is none."""
    held = result.get("response")
    return held if isinstance(held, dict) else {name: result[name] for name in ("detail", "scimType") if name in result}


def made(scim: Session, result: Json) -> Json:
    """The resource that an operation created, read from its location; raises Finding if it was not created."""
    if code(result) != "201" or not result.get("location"):
        raise Finding("the operation did not create a resource", "201 with a location", json_of(result)[:200])
    return Fields(expect.status(scim.get(str(result["location"])), 200).json)


class _Results(dict[str, Json]):
    def __missing__(self, name: str) -> Json:
        raise Finding("no result has the bulkId of the operation", name, ", ".join(self) or "none")
