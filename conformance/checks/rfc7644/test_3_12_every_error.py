"""RFC 7644 section 3.12: every invalid request gets a SCIM error, and never a server error."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import Answer
from conformance.topics.wrong_requests import WrongRequest, about_a_type, about_no_type, optional_endpoints

TRIED_AGAIN = "Providers treat a 5xx as an outage: they repeat the request, and Entra finally stops the whole job."
UNREADABLE = "The administrator sees a parse error of the provider instead of the reason, and cannot fix the cause."
Broken = list[tuple[WrongRequest, Answer]]


@requirement(
    "RFC7644-3.12-01",
    "RFC7644-3.12-16",
    level="refusal",
    consequence=TRIED_AGAIN,
    fix="Handle exceptions that invalid requests cause in the outermost layer, and return 400 or 404.",
)
@for_each_resource_type
def test_wrong_request_for_a_type_is_no_server_error(scim: Session, type_name: str | None) -> None:
    """Unknown ids, malformed bodies, and invalid queries must be rejected with a 4xx, never with a 5xx."""
    _no_server_errors(scim, about_a_type(scim, _named(type_name)))


@requirement("RFC7644-3.12-01", "RFC7644-3.12-16", level="refusal", consequence=TRIED_AGAIN)
def test_wrong_request_for_no_type_is_no_server_error(scim: Session) -> None:
    """Invalid requests to unknown endpoints, discovery, and /Bulk must be rejected with a 4xx, never with a 5xx."""
    _no_server_errors(scim, about_no_type(scim))


@requirement(
    "RFC7644-3.12-01",
    "RFC7644-3.12-02",
    "RFC7644-3.12-03",
    level="refusal",
    consequence=UNREADABLE,
    fix="Write every error in one place, including the 404, 405, 415, and 422 pages of the web framework.",
)
@for_each_resource_type
def test_every_error_for_a_type_has_scim_form(scim: Session, type_name: str | None) -> None:
    """Every error must be JSON with the Error schema and its status as a string, whatever the HTTP method (RFC 7644 3.12)."""
    _all_in_form(scim, about_a_type(scim, _named(type_name)))


@requirement("RFC7644-3.12-01", "RFC7644-3.12-02", "RFC7644-3.12-03", level="refusal", consequence=UNREADABLE)
def test_every_error_for_no_type_has_scim_form(scim: Session) -> None:
    """Errors for unknown endpoints, discovery, and /Bulk must be SCIM errors (RFC 7644 3.12)."""
    _all_in_form(scim, about_no_type(scim))


@requirement(
    "RFC7644-3.12-01",
    "RFC7644-3.12-14",
    level="refusal",
    consequence=TRIED_AGAIN,
    fix="Return 404 for an unknown path and 501 for a feature that is not implemented.",
)
def test_endpoint_that_is_not_offered_is_404_or_501(scim: Session) -> None:
    """An endpoint or feature that the server does not support must return 404 or 501, never 500."""
    odd: Broken = []
    for request in optional_endpoints(scim):
        answer = request.send(scim)
        if answer.status >= 500 and answer.status != 501:
            raise Finding(f"{request} causes a server error", "404 or 501", str(answer.status))
        if answer.status in (403, 405):
            odd.append((request, answer))
    if odd:
        scim.note(f"unsupported endpoints return a status other than 404 or 501: {_told(odd)}")


def _named(type_name: str | None) -> str:
    if type_name is None:
        raise NotOffered("a resource type")
    return type_name


def _no_server_errors(scim: Session, requests: Iterable[WrongRequest]) -> None:
    answers = ((request, request.send(scim)) for request in requests)
    broken = [(request, answer) for request, answer in answers if answer.status >= 500 and answer.status != 501]
    if broken:
        raise Finding("invalid requests cause server errors", "a SCIM error with a 4xx", _told(broken))


def _all_in_form(scim: Session, requests: Iterable[WrongRequest]) -> None:
    broken: Broken = []
    for request in requests:
        answer = request.send(scim)
        if 400 <= answer.status < 500 or answer.status == 501:
            body = answer.json if isinstance(answer.json, dict) else {}
            schemas = body.get("schemas")
            known = isinstance(schemas, list) and expect.ERROR_URN in schemas
            if not known or body.get("status") != str(answer.status):
                broken.append((request, answer))
    if broken:
        wanted = f'schemas [{expect.ERROR_URN}], status as a string such as "404"'
        raise Finding("the body of an error is not a SCIM error", wanted, _told(broken))


def _told(broken: Broken) -> str:
    lines = [f"{request}: {answer.status}" for request, answer in broken[:4]]
    return "; ".join(lines) + (f"; and {len(broken) - 4} more" if len(broken) > 4 else "")
