"""RFC 7644 sections 3.1, 3.8 and 3.12: media types, messages, errors."""

from __future__ import annotations

import pytest

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding


@requirement("RFC7644-3.1-01", "RFC7644-3.8-06", "RFC7644-3.8-08")
def test_answers_are_scim_json(scim: Session) -> None:
    """Answers have the media type application/scim+json."""
    answer = expect.status(scim.get(scim.users, count=1), 200)
    if answer.media_type == "application/json":
        scim.warn("answers are application/json", "application/scim+json", answer.media_type)
    elif answer.media_type != "application/scim+json":
        raise Finding("answers have no JSON media type", "application/scim+json", answer.media_type or "none")


@requirement("RFC7644-3.1-01", "RFC7644-3.8-01", level="refusal", consequence="Entra sends application/scim+json only.")
def test_scim_json_bodies_are_read(scim: Session) -> None:
    """A create as application/scim+json; charset=utf-8 works."""
    headers = {"Content-Type": "application/scim+json; charset=utf-8"}
    answer = scim.post(scim.users, scim.user_body(displayName="Übung"), headers=headers)
    expect.holds(scim.read(expect.status(answer, 201).json), displayName="Übung")


@requirement("RFC7644-3.8-07")
def test_json_bodies_are_read(scim: Session) -> None:
    """A create as application/json works as well (Okta's own test sends it)."""
    expect.status(scim.post(scim.users, scim.user_body(), headers={"Content-Type": "application/json"}), 201)


@requirement("RFC7644-3.12-10", "RFC7644-3.12-01", "RFC7644-3.12-02", "RFC7644-3.12-03")
def test_unknown_resource_is_a_scim_404(scim: Session) -> None:
    """An unknown id is answered 404 in SCIM's form."""
    expect.scim_error(scim.get(f"{scim.users}/{expect.UNKNOWN}"), 404)


@pytest.mark.parametrize(
    "raw", [b"{", b'{"userName":', b"[1,2", b"\xff\xfe", b""], ids=["open", "cut", "array", "not-utf8", "empty"]
)
@requirement("RFC7644-3.8-09", "RFC7644-3.12-22", "RFC7644-3.12-08", "RFC7644-3.12-16")
def test_broken_json_is_refused(scim: Session, raw: bytes) -> None:
    """A body that is no JSON gives 400 invalidSyntax, never a 5xx."""
    answer = scim.client.send("POST", scim.users, raw=raw)
    expect.scim_error(answer, 400, "invalidSyntax", "invalidValue")


@requirement("RFC7644-3.12-25", level="lie")
def test_wrong_type_is_refused(scim: Session) -> None:
    """A number where a text is declared is refused, or comes back as a text."""
    answer = scim.post(scim.users, scim.user_body(displayName=12345))
    if 400 <= answer.status < 500:
        expect.scim_error(answer, 400, "invalidValue", "invalidSyntax")
        return
    held = scim.read(expect.status(answer, 201).json).get("displayName")
    if held is not None and not isinstance(held, str):
        raise Finding("a number is stored where a text is declared", "a text, or 400", repr(held))


@requirement("RFC7644-3.1-10")
def test_unknown_attributes_do_no_harm(scim: Session) -> None:
    """An unknown attribute is ignored or refused, and never breaks the server."""
    answer = scim.post(scim.users, scim.user_body(scimulatorUnknown={"a": [1, {"b": None}]}))
    if 400 <= answer.status < 500:
        scim.note("unknown attributes are refused")
        expect.scim_error(answer, 400)
        return
    expect.status(answer, 201)


@requirement("RFC7644-3.4.2-03")
def test_unknown_query_parameters_are_ignored(scim: Session) -> None:
    """Entra's flag and other unknown parameters change nothing."""
    expect.listing(scim.get(scim.users, count=1, aadOptscim062020="", scimulatorUnknown="1"))


@requirement("RFC7644-3.12-17")
def test_method_that_an_endpoint_lacks_is_refused(scim: Session) -> None:
    """DELETE on a list is 405, 404 or 501."""
    expect.status(scim.delete(scim.users), 405, 404, 501)
