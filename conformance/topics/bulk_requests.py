"""Bulk requests of the checks, and how their results are read (RFC 7644 section 3.7)."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.fields import Fields

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Json = dict[str, Any]


def bulk(scim: Session, *operations: Json, **members: Any) -> Answer:
    """A bulk request of these operations; what it creates is remembered for cleaning up. NotOffered without bulk.

    A member given as None is left out of the request.
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
    """The results of a bulk request that was carried out, as many as `number`; raises Finding for anything else."""
    expect.status(answer, 200)
    listed = answer["Operations"]
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Finding("Operations is no list of results", "a list", repr(listed)[:160])
    if number is not None and len(listed) != number:
        raise Finding("not every operation has its result", f"{number} results", str(len(listed)))
    return listed


def by_bulk_id(answer: Answer) -> dict[str, Json]:
    """bulkId → result, of results that have one; a missing one is a Finding where it is asked for."""
    return _Results({str(item["bulkId"]): item for item in results(answer) if "bulkId" in item})


def code(result: Json) -> str:
    """The HTTP status of a result, in whichever of its forms (A-09)."""
    held = result.get("status")
    return str(held.get("code")) if isinstance(held, dict) else str(held)


def error_of(result: Json) -> Json:
    """The error of a failed operation: in `response`, or beside `status` as erratum 7916 prints it; else empty."""
    held = result.get("response")
    return held if isinstance(held, dict) else {name: result[name] for name in ("detail", "scimType") if name in result}


def made(scim: Session, result: Json) -> Json:
    """The resource that an operation created, read behind its location; raises Finding when it was not."""
    if code(result) != "201" or not result.get("location"):
        raise Finding("the operation did not create", "201 with a location", repr(result)[:200])
    return Fields(expect.status(scim.get(str(result["location"])), 200).json)


class _Results(dict[str, Json]):
    def __missing__(self, name: str) -> Json:
        raise Finding("a result with the bulkId of its operation is missing", name, ", ".join(self) or "none")
