"""Interoperability profile section 4: whether a server claims the profile, and rightly."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
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
    consequence="A client that looks for the flag treats the server as one that needs adjustments of its own.",
    fix=f"Show {FLAG}: true in ServiceProviderConfig, once every other check of the profile passes.",
)
def test_interop_claim_is_made(scim: Session) -> None:
    """interopProfileConformant is true in ServiceProviderConfig."""
    held = config(scim).get(FLAG)
    if held is not True:
        raise Finding("the server does not claim the profile", f"{FLAG}: true", repr(held))


@requirement(
    "INTEROP-4-02",
    level="lie",
    consequence="A client trusts the flag, sends what the profile allows, and gets refusals or wrong data.",
    fix=f"Set {FLAG} to false, or leave it out, until the rules are kept.",
)
def test_interop_claim_is_true(scim: Session) -> None:
    """Where the flag is true, a few rules of the profile that are quick to try are kept; false or no flag claims nothing."""
    if config(scim).get(FLAG) is True:
        broken = broken_rules(scim)
        if broken:
            raise Finding("the profile is claimed and not kept", f"{FLAG}: false", "; ".join(broken))


@requirement("INTEROP-4-03", level="cosmetic", fix=f"Declare {FLAG} as an optional, single, read-only boolean.")
def test_interop_claim_has_its_form(scim: Session) -> None:
    """The flag is a boolean, shown without being asked for; a published definition says the same."""
    held = config(scim)
    if FLAG in held and not isinstance(held[FLAG], bool):
        raise Finding(f"{FLAG} is no boolean", "true or false", repr(held[FLAG]))
    published = next((schema for schema in schemas(scim) if schema.get("id") == CONFIG_URN), {})
    definition = next((a for a in objects(published.get("attributes")) if a.get("name") == FLAG), None)
    if definition is None:
        if FLAG not in held:
            raise NotOffered(FLAG)
        return
    for name, value in DEFINITION.items():
        expect.equal(definition.get(name, value), value, f"{name} of {FLAG} at /Schemas")
