"""Interoperability profile section 4: whether a server claims conformance to the profile, and whether the claim is true."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import CONFIG_URN, config, objects, schemas
from conformance.topics.interop_rules import broken_rules

FLAG = "interopProfileConformant"
DEFINITION = {
    "type": "boolean",
    "multiValued": False,
    "required": False,
    "mutability": "readOnly",
    "returned": "default",
}


@requirement(
    "INTEROP-4-01",
    level="cosmetic",
    consequence="Clients that look for the flag treat the server as one that needs custom adjustments.",
    fix=f"Return {FLAG}: true in ServiceProviderConfig once every other check of the profile passes.",
)
def test_interop_claim_is_made(scim: Session) -> None:
    """A server that conforms to the profile must return `interopProfileConformant` true in ServiceProviderConfig."""
    held = config(scim).get(FLAG)
    if held is not True:
        raise Finding("the server does not claim to conform to the profile", f"{FLAG}: true", json_of(held))


@requirement(
    "INTEROP-4-02",
    level="lie",
    consequence="A client trusts the flag, sends what the profile allows, and gets errors or wrong data.",
    fix=f"Set {FLAG} to false, or omit it, until the server follows the rules.",
)
def test_interop_claim_is_true(scim: Session) -> None:
    """A server with `interopProfileConformant` true must pass a short test of the profile; other servers pass this check."""
    if config(scim).get(FLAG) is True:
        broken = broken_rules(scim)
        if broken:
            raise Finding(
                "the server claims to conform to the profile but breaks its rules", f"{FLAG}: false", "; ".join(broken)
            )


@requirement("INTEROP-4-03", level="cosmetic", fix=f"Declare {FLAG} as an optional, single-valued, read-only boolean.")
def test_interop_claim_has_its_form(scim: Session) -> None:
    """`interopProfileConformant` must be a boolean, and its definition at /Schemas must be that of the profile."""
    held = config(scim)
    if FLAG in held and not isinstance(held[FLAG], bool):
        raise Finding(f"{FLAG} is not a boolean", "true or false", json_of(held[FLAG]))
    published = next((schema for schema in schemas(scim) if schema.get("id") == CONFIG_URN), {})
    definition = next((a for a in objects(published.get("attributes")) if a.get("name") == FLAG), None)
    if definition is None:
        if FLAG not in held:
            raise NotOffered(FLAG)
        return
    for name, value in DEFINITION.items():
        expect.equal(definition.get(name, value), value, f"{name} of {FLAG} at /Schemas")
