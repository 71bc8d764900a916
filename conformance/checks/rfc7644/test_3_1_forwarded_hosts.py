"""RFC 7644 section 3.1 and RFC 7643 section 3.1: URIs in responses do not follow headers that any client can send."""

from __future__ import annotations

import pytest

from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement

FOREIGN = "scimulator-foreign.example"
HEADERS = ("X-Forwarded-Host", "Forwarded", "X-Forwarded-Server", "X-Original-Host")


@pytest.mark.parametrize("header", HEADERS)
@requirement(
    "RFC7643-3.1-22",
    level="lie",
    consequence="A client that follows meta.location sends its token to a host that an attacker chose.",
    fix="Build URIs from a configured base URL, or trust these headers only if they come from your own proxy.",
)
@for_each_resource_type
def test_location_follows_no_header_of_the_client(scim: Session, type_name: str | None, header: str) -> None:
    """meta.location and Location should not contain a host that the client named in a header (warning)."""
    endpoint = scim.target.need_type(str(type_name))
    value = f"host={FOREIGN}" if header == "Forwarded" else FOREIGN
    answer = scim.post(endpoint, scim.body(str(type_name)), headers={header: value})
    shown = answer.exchange.response_body.decode("utf-8", "replace") + str(answer.headers.get("location"))
    if FOREIGN in shown:
        scim.warn(f"URIs in the response use the host from {header}", scim.client.base_url, FOREIGN)
