"""RFC 7643 section 5: authenticationSchemes is required, so it says something."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.discovery_documents import config


@requirement(
    "RFC7643-5-14",
    level="cosmetic",
    consequence="A client that configures itself does not know what to send.",
    fix="List the scheme that clients authenticate with, type oauthbearertoken for a bearer token.",
)
def test_authentication_schemes_are_not_empty(scim: Session) -> None:
    """At least one scheme is listed: a required attribute has a value, and an empty list is none (2.5)."""
    if config(scim).get("authenticationSchemes") in (None, []):
        scim.warn("no authentication scheme is listed", "one at least", "none")
