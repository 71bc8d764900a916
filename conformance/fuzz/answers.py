"""Judges one response by rules that every SCIM server must follow, whatever the request was.

Behavior that the RFC leaves open produces no finding, and an error that may come from a gateway is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.fuzz.openapi import MESSAGES, Described
from conformance.fuzz.rules import Fault
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Verdict
from conformance.target.client import Answer
from simulator.wording import counted

FORGED = "scimulator-check-forged"  # part of every readOnly value in a request
FORGED_MOMENT = "1999-12-31T23:59:59Z"
# Statuses that may come from something in front of the server: 401, throttling, size and method limits.
OFTEN_A_GATEWAY = frozenset([401, 403, 405, 413, 414, 415, 429, 431, 501, 503])
WRITES = {"replace": (200,), "patch": (200, 204), "delete": (204,)}
MAX_ELEMENTS = 50
TypeErrors = Callable[[Any], Iterator[tuple[str, str]]]  # of a resource: (attribute path, what is wrong)


@dataclass(slots=True)
class Sent:
    """The facts about a request by which its response is judged. `unknown`: no resource has the id, or it was deleted."""

    action: str
    method: str
    path: str
    rtype: Described | None = None
    id: str | None = None
    unknown: bool = False
    forged: bool = False
    projected: bool = False
    count: int | None = None
    size: int = 0  # bytes of path and body; of two failing cases, the shorter one is shown


def judge(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    """Every fault of one response, the most severe first."""
    if answer.status >= 500 and answer.status != 501:
        if answer.status != 503 or "retry-after" not in answer.headers:
            yield Fault("server error", f"the server returned {answer.status}", "2xx, 4xx, or 501", str(answer.status))
        return
    if answer.status >= 400:
        if not (sent.action == "search" and answer.status in (404, 405, 501)):  # .search is optional
            yield from _error(answer)
        return
    if answer.status >= 300:
        return
    if sent.unknown:
        rule = "put creates" if sent.action == "replace" else "stranger"
        yield Fault(rule, "the server reported success for an unknown id", "404", str(answer.status))
        return
    if answer.exchange.response_body:
        yield from _media_type(answer)
    yield from _JUDGES.get(sent.action, _anything)(sent, answer, type_errors)


def _error(answer: Answer) -> Iterator[Fault]:
    body, verdict = answer.json, Verdict.WARN if answer.status in OFTEN_A_GATEWAY else Verdict.FAIL
    urn = MESSAGES + "Error"
    if not isinstance(body, dict) or not _lists(body.get("schemas"), urn):
        yield Fault(
            "error form",
            f"an error {answer.status} is not in the SCIM error format",
            f"schemas [{urn}]",
            _short(answer),
            verdict,
        )
    elif body.get("status") != str(answer.status):
        told = "the error's status is not the HTTP status as a string"
        yield Fault("error status", told, f'"{answer.status}"', json_of(body.get("status")))
    else:
        yield from _media_type(answer)


def _media_type(answer: Answer) -> Iterator[Fault]:
    if answer.media_type == "application/json":
        told = "responses have the media type application/json"
        yield Fault("media type", told, "application/scim+json", answer.media_type, Verdict.WARN)
    elif answer.media_type != "application/scim+json":
        yield Fault(
            "media type",
            "a response does not have the media type of SCIM",
            "application/scim+json",
            json_of(answer.media_type),
        )


def _created(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    if answer.status not in (201, 202):
        yield Fault("created", f"the server returned {answer.status} for a create", "201", str(answer.status))
    if answer.status == 201 and not answer.exchange.response_body:
        yield Fault("no resource", "201 without the resource", "the resource", "an empty body", Verdict.WARN)
    else:
        yield from _one(sent, answer, type_errors)


def _written(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    wanted = WRITES[sent.action]
    if answer.status not in wanted:
        lenient = sent.action == "replace" and answer.status == 204
        expected = " or ".join(map(str, wanted))
        told = f"the server returned {answer.status} for {sent.method}"
        rule = "no resource" if sent.action == "replace" else "empty 204"
        yield Fault(rule, told, expected, str(answer.status), Verdict.WARN if lenient else Verdict.FAIL)
    elif answer.status == 204:
        if answer.exchange.response_body or answer.headers.get("content-length", "0") != "0":
            yield Fault("empty 204", "204 with a body", "no body", _short(answer))
    else:
        yield from _one(sent, answer, type_errors)


def _one(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    """The response must be the resource with the requested id."""
    body = answer.json
    if not isinstance(body, dict):
        yield Fault("no resource", f"{answer.status} without the resource", "a JSON object", _short(answer))
        return
    if sent.id is not None and body.get("id") != sent.id:
        yield Fault("id", "the response has a different id than the request", json_of(sent.id), json_of(body.get("id")))
    yield from _resource(sent, body, type_errors)
    if sent.forged:
        yield from _forged(body)


def _resource(sent: Sent, body: dict[str, Any], type_errors: TypeErrors) -> Iterator[Fault]:
    rtype, id_ = sent.rtype, body.get("id")
    assert rtype is not None
    if not isinstance(id_, str) or not id_:
        yield Fault("id", "a resource has no id", "a string", json_of(id_))
    schemas = body.get("schemas")
    if not (sent.projected and schemas is None):
        if not isinstance(schemas, list) or not schemas or not all(isinstance(urn, str) for urn in schemas):
            yield Fault("schemas", "a resource has no schemas", f"a list with {rtype.urn}", json_of(schemas)[:160])
        elif not _lists(schemas, rtype.urn):
            yield Fault("schemas", "schemas lacks the URN of the resource's schema", rtype.urn, json_of(schemas)[:160])
    for name, value in body.items():
        if value not in (None, "", []) and name.lower() in _secret(rtype):
            yield Fault("password", f"{name} is returned", "no such attribute", f"{name} with a value")
    for place, wrong in type_errors(body):
        yield Fault("types", f"{place} does not have its declared type", "the type in /Schemas", wrong[:160])


def _forged(body: dict[str, Any]) -> Iterator[Fault]:
    """A value that was sent for a readOnly attribute must not be returned."""
    meta = body.get("meta")
    adopted = [name for name, value in body.items() if FORGED in json_of(value)]
    if isinstance(meta, dict) and meta.get("created") == FORGED_MOMENT and "meta" not in adopted:
        adopted.append("meta")
    if adopted:
        told = f"the server stored readOnly attributes from the request: {', '.join(adopted)}"
        yield Fault("read-only", told, "the server's own values", json_of({name: body[name] for name in adopted})[:160])


def _listed(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    body = answer.json
    if sent.action == "search" and answer.status == 201:
        yield Fault("search creates", "a search creates a resource", "200, or 404, 405, 501", "201")
        return
    if not isinstance(body, dict) or not _lists(body.get("schemas"), MESSAGES + "ListResponse"):
        yield Fault("list", "the response is not a ListResponse", f"schemas [{MESSAGES}ListResponse]", _short(answer))
        return
    total, found = body.get("totalResults"), body.get("Resources")
    if not isinstance(total, int) or isinstance(total, bool):
        yield Fault("list", "totalResults is not an integer", "an integer", json_of(total))
    if not isinstance(found, list | None) or not all(isinstance(item, dict) for item in found or ()):
        yield Fault("list", "Resources is not a list of resources", "a list of objects", json_of(found)[:160])
        return
    listed = found or []
    if sent.count is not None and len(listed) > max(sent.count, 0):
        told = f"count={sent.count} returned {counted(len(listed), 'resource')}"
        yield Fault("count", told, f"at most {max(sent.count, 0)}", str(len(listed)))
    for item in listed[:MAX_ELEMENTS]:
        yield from _resource(sent, item, type_errors)


def _bulk(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    body = answer.json
    if not isinstance(body, dict) or not _lists(body.get("schemas"), MESSAGES + "BulkResponse"):
        yield Fault("bulk", "the response is not a BulkResponse", f"schemas [{MESSAGES}BulkResponse]", _short(answer))
        return
    results = body.get("Operations")
    if not isinstance(results, list):
        yield Fault("bulk", "the response has no Operations", "a list", json_of(results)[:160])
        return
    for result in results:
        status = result.get("status") if isinstance(result, dict) else None
        code = str(status.get("code") if isinstance(status, dict) else status)
        if not code.isdigit():
            yield Fault("bulk", "a bulk result has no status", "a status for each operation", json_of(result)[:160])
        elif code.startswith("5") and code != "501":
            yield Fault("server error", f"an operation in a bulk request returned {code}", "2xx or 4xx", code)


def _anything(sent: Sent, answer: Answer, type_errors: TypeErrors) -> Iterator[Fault]:
    """Discovery: any JSON object or array is accepted."""
    if not isinstance(answer.json, dict) and not isinstance(answer.json, list):
        yield Fault("no resource", "200 without JSON", "a JSON object", _short(answer))


_JUDGES: dict[str, Callable[[Sent, Answer, TypeErrors], Iterator[Fault]]] = {
    "create": _created,
    "read": _one,
    "replace": _written,
    "patch": _written,
    "delete": _written,
    "list": _listed,
    "search": _listed,
    "bulk": _bulk,
}


def _secret(rtype: Described) -> set[str]:
    return {"password", *(held["name"].lower() for held in rtype.core if held.get("returned") == "never")}


def _lists(schemas: Any, urn: str) -> bool:
    """Whether a `schemas` value contains a URN, ignoring case (RFC 7643 section 2.1)."""
    return isinstance(schemas, list) and urn.lower() in [str(held).lower() for held in schemas]


def _short(answer: Answer) -> str:
    return answer.exchange.response_body[:160].decode("utf-8", "replace") or "an empty body"
