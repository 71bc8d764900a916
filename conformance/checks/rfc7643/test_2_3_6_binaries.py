"""RFC 7643 section 2.3.6: binary values are base64, with or without padding, and case-sensitive."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import USER_URN
from conformance.topics.round_trips import accepted, elements, tolerated
from conformance.values.certificates import CERTIFICATES, own_certificate

LIST = "x509Certificates"


@requirement(
    "RFC7643-2.3.6-01", "RFC7643-4.1.2-27", level="lie", consequence="The verification of signatures fails later."
)
@pytest.mark.parametrize("certificate", CERTIFICATES, ids=["one", "other"])
def test_certificate_comes_back_byte_by_byte(scim: Session, certificate: str) -> None:
    """A base64-encoded certificate must be returned with the same bytes."""
    user = accepted(scim, x509Certificates=[{"value": certificate}])
    expect.equal([_bytes(item) for item in elements(user, LIST)], [_decoded(certificate)], "bytes of the certificate")


@requirement(
    "RFC7643-2.3.6-01", level="lie", fix="Reject a binary value that is not valid base64 with 400 invalidValue."
)
def test_what_is_no_base64_is_refused(scim: Session) -> None:
    """An invalid base64 value must be rejected, dropped, or changed; storing it unchanged is a warning."""
    text = "no base64: !!"
    user = tolerated(scim, "invalidValue", "invalidSyntax", x509Certificates=[{"value": text}])
    if user is not None and text in [item.get("value") for item in elements(user, LIST)]:
        scim.warn("the server stores a binary value that is not base64", "400 invalidValue", text)


@requirement("RFC7643-2.3.6-03", level="lie")
def test_padding_of_base64_may_be_left_out(scim: Session) -> None:
    """Base64 without padding should be decoded to the same bytes or be rejected with a SCIM error (warning)."""
    bare = CERTIFICATES[0].rstrip("=")
    user = tolerated(scim, "invalidValue", "invalidSyntax", x509Certificates=[{"value": bare}])
    if user is not None:
        expect.equal([_bytes(item) for item in elements(user, LIST)], [_decoded(bare)], "bytes of the certificate")


@requirement("RFC7643-2.3.6-04", level="lie", consequence="A user is identified by the certificate of another user.")
def test_binaries_differ_in_case_and_need_not_be_unique(scim: Session) -> None:
    """Two users must be able to have the same certificate, and a filter must find both; ignoring case is a warning."""
    declared = scim.target.need_attribute(USER_URN, f"{LIST}.value")
    value = own_certificate(scim.random)
    other = value.swapcase()
    user, same = (accepted(scim, x509Certificates=[{"value": value}]) for _ in range(2))
    odd = tolerated(scim, "invalidValue", "invalidSyntax", x509Certificates=[{"value": other}])
    answer = expect.evaluated(scim.search(f'{LIST}.value eq "{value}"'), f"a filter on {LIST}.value")
    ids = {item.get("id") for item in expect.listing(answer)}
    if not {user["id"], same["id"]} <= ids:
        raise Finding("a filter does not find all users with the certificate", "both users", json_of(ids))
    if odd is not None and odd["id"] in ids:
        if declared.get("caseExact") is True:
            scim.warn(
                "a filter on a caseExact binary attribute ignores case",
                "the users with this value",
                "another user as well",
            )
        else:
            scim.note("a filter on a binary attribute that is not declared caseExact ignores case")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _bytes(element: dict[str, Any]) -> bytes:
    try:
        return _decoded("".join(str(element.get("value")).split()))
    except binascii.Error:
        raise Finding("a binary value is not base64", "base64", json_of(element.get("value"))[:80]) from None
