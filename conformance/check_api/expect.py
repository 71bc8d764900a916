"""Assertions: a check sends a request and passes the response to one of these functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.check_api.session import Session
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Answer
from conformance.target.fields import Items, spelled

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
UNKNOWN = "00000000-0000-4000-8000-00000000beef"  # an id that no resource has


def status(answer: Answer, *expected: int) -> Answer:
    """The response must have one of these statuses."""
    if answer.status not in expected:
        wanted = " or ".join(str(code) for code in expected)
        raise Finding("unexpected status", wanted, answer.told)
    return answer


def scim_error(answer: Answer, expected: int | tuple[int, ...], *scim_types: str) -> None:
    """The response must be a SCIM error: an expected HTTP status, the Error schema, status as a string, and a scimType."""
    codes = expected if isinstance(expected, tuple) else (expected,)
    _implemented(answer, *codes)
    status(answer, *codes)
    body = answer.json
    if not isinstance(body, dict) or ERROR_URN not in (body.get("schemas") or ()):
        raise Finding("the body is not a SCIM error", f"a body with schemas [{ERROR_URN}]", _short(answer))
    if body.get("status") != str(answer.status):
        raise Finding(
            "the status in the error body is not the HTTP status as a string",
            f'"{answer.status}"',
            json_of(body.get("status")),
        )
    if scim_types and body.get("scimType") not in scim_types:
        raise Finding("unexpected scimType", " or ".join(scim_types), json_of(body.get("scimType")))


DECLINED = (400, 501)  # the statuses of a server that does not support a filter
# Keywords of RFC 7644 table 9 that overlap: one server reports an invalid value where another reports invalid syntax.
ALIKE = frozenset(["invalidFilter", "invalidPath", "invalidSyntax", "invalidValue", "mutability", "noTarget"])


def keyword(scim: Session, answer: Answer, expected: int | tuple[int, ...], *scim_types: str) -> None:
    """Like `scim_error`, but a missing or a similar scimType is a warning, because scimType is OPTIONAL (RFC 7644 3.12)."""
    got = answer["scimType"]
    similar = isinstance(got, str) and got in ALIKE and ALIKE & set(scim_types) and got not in scim_types
    warned = bool(scim_types) and (got is None or bool(similar))
    scim_error(answer, expected, *(() if warned else scim_types))
    if warned and got is None:
        scim.warn("the error has no scimType", " or ".join(scim_types), "none")
    elif warned:
        scim.warn("unexpected scimType", " or ".join(scim_types), json_of(got))


def created(answer: Answer) -> dict[str, Any]:
    """The new resource in the response to a POST; raises Undecided if the response contains no resource."""
    status(answer, 201)
    if isinstance(answer.json, dict) and isinstance(answer.json.get("id"), str):
        return answer.json
    if answer.exchange.response_body and answer.json is None:
        raise Finding("the response is not JSON in UTF-8", "the resource", _short(answer))
    raise Undecided("setup: the response to POST has no resource with an id")


def offered(answer: Answer) -> Answer:
    """The response; raises NotOffered for 501, because the server then lacks the feature that the check tests."""
    _implemented(answer)
    return answer


def gateway_error(scim: Session, answer: Answer, *codes: int) -> None:
    """Like `scim_error`, but a body in another form is a warning: gateways often send such errors, before any SCIM code."""
    status(answer, *codes)
    try:
        scim_error(answer, answer.status)
    except Finding as finding:
        scim.warn(finding.message, finding.expected, finding.got)


def refused(answer: Answer, *scim_types: str) -> None:
    """The response must be a 4xx with a SCIM error."""
    _implemented(answer)
    if not 400 <= answer.status < 500:
        raise Finding("the server does not reject the request", "a 4xx", answer.told)
    scim_error(answer, answer.status, *scim_types)


def not_found(scim: Session, answer: Answer) -> None:
    """The response for an unknown id must be a 4xx; one other than 404 is a warning (RFC 7644 3.12: SHOULD)."""
    refused(answer)
    if answer.status != 404:
        scim.warn("the status for an unknown resource is not 404", "404", answer.told)


def unauthorized(scim: Session, answer: Answer) -> None:
    """A request without a valid token must get a 4xx; one other than 401 is a warning (RFC 6750 3.1, RFC 7644 3.12)."""
    if not 400 <= answer.status < 500:
        raise Finding("the server does not reject the request", "401", answer.told)
    if answer.status != 401:
        scim.warn("the status for a request without a valid token is not 401", "401", answer.told)


def listing(answer: Answer) -> list[dict[str, Any]]:
    """The resources of a ListResponse, which must be well-formed (RFC 7644 3.4.2)."""
    status(answer, 200)
    body = answer.json
    if not isinstance(body, dict) or LIST_URN not in (body.get("schemas") or ()):
        raise Finding("the response is not a ListResponse", f"schemas [{LIST_URN}]", _short(answer))
    total, resources = body.get("totalResults"), body.get("Resources", [])
    if not isinstance(total, int) or isinstance(total, bool):
        raise Finding("totalResults is not an integer", "an integer", json_of(total))
    if not isinstance(resources, list) or (total > 0 and "Resources" not in body and body.get("itemsPerPage") != 0):
        raise Finding("Resources is missing or is not a list", "a list", json_of(body.get("Resources")))
    return Items(item for item in resources if isinstance(item, dict))


def found(answer: Answer, *resources: Mapping[str, Any]) -> None:
    """The list must contain exactly these resources, in any order."""
    ids = sorted(str(item.get("id")) for item in listing(answer))
    wanted = sorted(str(resource["id"]) for resource in resources)
    if ids != wanted:
        raise Finding("the filter returned the wrong resources", _ids(wanted), _ids(ids))


def chosen(
    scim: Session, answer: Answer, *resources: Mapping[str, Any], optional: bool = False, plain: Answer | None = None
) -> None:
    """Like `found`, but a rejected filter is a warning, or passes with `optional`.

    RFC 7644 3.4.2.2 names no filter that every server must evaluate, and it tells servers to reject those that they do
    not support (400 invalidFilter). `plain` is the response to another spelling of the same filter: a server that
    evaluates one spelling must evaluate both.
    """
    if answer.status not in DECLINED or (plain is not None and plain.status not in DECLINED):
        found(answer, *resources)
        return
    keyword(scim, answer, DECLINED, *(("invalidFilter",) if answer.status == 400 else ()))
    if not optional:
        scim.warn("the server rejects the filter", "200", answer.told)


def evaluated(answer: Answer, what: str) -> Answer:
    """The response; raises NotOffered if the server rejects the filter, because then nothing else can be judged."""
    if answer.status in DECLINED:
        raise NotOffered(what)
    return answer


def equal(got: Any, expected: Any, what: str) -> None:
    """The value must equal the expected one; true does not equal 1. `what` names the value in the message."""
    if got != expected or isinstance(got, bool) is not isinstance(expected, bool):
        raise Finding(f"{what}: unexpected value", json_of(expected), json_of(got))


def holds(resource: Mapping[str, Any], **attributes: Any) -> None:
    """The resource must have these attributes with these values."""
    for name, value in attributes.items():
        if name not in resource and value is not None and (other := spelled(name, resource)):
            raise Finding(f"{name}: unexpected value", json_of(value), other)
        equal(resource.get(name), value, name)


def present(found: bool, what: str) -> None:
    """A value that is required must have been found; `what` names it in the message."""
    if not found:
        raise Finding(f"{what} is missing", "a value", "none")


def resource_type(resource: Mapping[str, Any], name: str) -> None:
    """`meta.resourceType`, in exactly this spelling, must be the name of the resource type."""
    meta = resource.get("meta") or {}
    found = meta.get("resourceType") if isinstance(meta, Mapping) else None
    if found is None and isinstance(meta, Mapping) and (other := spelled("resourceType", meta)):
        raise Finding("meta.resourceType: unexpected value", json_of(name), other)
    equal(found, name, "meta.resourceType")


def lacks(resource: Mapping[str, Any], *names: str) -> None:
    """The resource must not have a value for these attributes."""
    for name in names:
        if resource.get(name) not in (None, "", [], {}):
            raise Finding(f"{name} still has a value", "no value", json_of(resource[name])[:200])


def cleared(scim: Session, resource: Mapping[str, Any], **before: Any) -> bool:
    """These values must be gone; whether none took their place. A default of the server is a note (RFC 7644 3.3)."""
    filled = [name for name in before if resource.get(name) not in (None, "", [], {})]
    for name in filled:
        if _values(before[name]) & _values(resource[name]):
            lacks(resource, name)
        scim.note(f"the server assigns {name} a value of its own")
    return not filled


def unchanged(scim: Session, before: Mapping[str, Any], *, apart_from: tuple[str, ...] = ("meta",)) -> None:
    """A GET must return the resource as it was before; null, an empty list, and no value are the same (RFC 7643 2.5)."""
    before, after = scim.plain(before), scim.plain(scim.read(before))
    for name in {*before, *after} - set(apart_from):
        if before.get(name) != after.get(name) and not (_unassigned(before, name) and _unassigned(after, name)):
            raise Finding(
                f"{name} changed although the request must have no effect",
                json_of(before.get(name)),
                json_of(after.get(name)),
            )


def written(answer: Answer) -> None:
    """The PATCH must have succeeded: 200 with the resource, or 204 without a body (RFC 7644 3.5.2)."""
    status(answer, 200, 204)
    if answer.status == 200 and not isinstance(answer.json, dict):
        raise Finding("the body of the 200 is not the resource", "the resource, or 204", _short(answer))
    if answer.status == 204 and answer.exchange.response_body:
        raise Finding("the 204 has a body", "no body", _short(answer))


def moment(text: Any, what: str) -> datetime:
    """The parsed dateTime; raises Finding for a string that is not an xsd:dateTime with date and time."""
    try:
        parsed = datetime.fromisoformat(str(text))
        if "T" not in str(text):
            raise ValueError
    except ValueError:
        raise Finding(f"{what} is not an xsd:dateTime", "like 2026-01-31T12:00:00Z", json_of(text)) from None
    return parsed


def _implemented(answer: Answer, *codes: int) -> None:
    """Raises NotOffered for a 501: the server did not reject the request for the reason that the check tests."""
    if answer.status == 501 and 501 not in codes:
        raise NotOffered("the request, for which the server returns 501")


def _unassigned(resource: Mapping[str, Any], name: str) -> bool:
    return resource.get(name) in (None, [], {})


def _values(held: Any) -> set[str]:
    """The values of an attribute in lower case: of each element, or the one."""
    elements = held if isinstance(held, list) else [held]
    return {str(item.get("value") if isinstance(item, Mapping) else item).lower() for item in elements}


def _short(answer: Answer) -> str:
    return answer.exchange.response_body[:160].decode("utf-8", "replace") or "empty body"


def _ids(ids: list[str]) -> str:
    return f"{len(ids)}: {', '.join(ids[:3])}" + (" …" if len(ids) > 3 else "") if ids else "none"
