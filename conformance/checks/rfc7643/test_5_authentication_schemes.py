"""RFC 7643 section 5: authenticationSchemes is required and must not be empty."""

from __future__ import annotations

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.topics.discovery_documents import config


@requirement(
    "RFC7643-5-14",
    level="cosmetic",
    consequence="A client that configures itself from ServiceProviderConfig does not know how to authenticate.",
    fix="List the scheme that clients authenticate with; the type for bearer tokens is oauthbearertoken.",
)
def test_authentication_schemes_are_not_empty(scim: Session) -> None:
    """authenticationSchemes should list at least one scheme (warning)."""
    if config(scim).get("authenticationSchemes") in (None, []):
        scim.warn("ServiceProviderConfig lists no authentication scheme", "at least one", "none")
