"""RFC 7643 section 8.7.2: the schemas of the discovery resources, if /Schemas lists them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import CONFIG_URN, SCHEMA_URN, TYPE_URN

FEATURES = ["patch", "bulk", "filter", "changePassword", "sort", "etag"]
KEYWORDS = {"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex"}
WORDS = {
    "attributes.mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
    "attributes.returned": {"always", "never", "default", "request"},
    "attributes.uniqueness": {"none", "server", "global"},
}
COSMETIC = "A tool that generates classes from these schemas misreads the discovery documents."


@requirement("RFC7643-8.7.2-01", level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize("feature", FEATURES)
def test_features_are_declared_as_printed(scim: Session, feature: str) -> None:
    """Each feature must be declared as complex with a boolean `supported`."""
    _declared(scim, CONFIG_URN, feature, "complex", required=True)
    _declared(scim, CONFIG_URN, f"{feature}.supported", "boolean", required=True)


@requirement("RFC7643-8.7.2-02", "RFC7643-8.7.2-03", "RFC7643-8.7.2-04", level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize(
    ("path", "kind", "multi_valued", "required"),
    [
        ("bulk.maxOperations", "integer", False, True),
        ("bulk.maxPayloadSize", "integer", False, True),
        ("filter.maxResults", "integer", False, True),
        ("authenticationSchemes", "complex", True, True),
        ("documentationUri", "reference", False, None),
    ],
)
def test_configuration_is_declared_as_printed(
    scim: Session, path: str, kind: str, multi_valued: bool, required: bool | None
) -> None:
    """Limits must be declared as integers, authenticationSchemes as a list, and documentationUri as a reference."""
    _declared(scim, CONFIG_URN, path, kind, multi_valued=multi_valued, required=required)


@requirement(*(f"RFC7643-8.7.2-{n:02}" for n in range(5, 11)), level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("id", "string"),
        ("name", "string"),
        ("description", "string"),
        ("endpoint", "reference"),
        ("schema", "reference"),
        ("schemaExtensions.schema", "reference"),
        ("schemaExtensions.required", "boolean"),
    ],
)
def test_resource_type_is_declared_as_printed(scim: Session, path: str, kind: str) -> None:
    """The attributes of ResourceType must be declared with the types of RFC 7643 and as readOnly."""
    _declared(scim, TYPE_URN, path, kind)


@requirement("RFC7643-8.7.2-10", "RFC7643-E7522-01", level="cosmetic", consequence=COSMETIC)
def test_extensions_are_declared_as_a_list(scim: Session) -> None:
    """schemaExtensions must be declared as complex; multiValued false, as before erratum 7522, produces a note."""
    held = _published(scim, TYPE_URN, "schemaExtensions")
    if held.get("multiValued") is not True:
        scim.note("schemaExtensions is declared as single-valued, as before erratum 7522")
    _declared(scim, TYPE_URN, "schemaExtensions", "complex", multi_valued=held.get("multiValued") is True)


@requirement("RFC7643-8.7.2-11", "RFC7643-8.7.2-12", level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize(
    ("path", "kind", "multi_valued"),
    [
        ("id", "string", False),
        ("name", "string", False),
        ("description", "string", False),
        ("attributes", "complex", True),
        ("attributes.name", "string", False),
        ("attributes.type", "string", False),
        ("attributes.multiValued", "boolean", False),
    ],
)
def test_schema_is_declared_as_printed(scim: Session, path: str, kind: str, multi_valued: bool) -> None:
    """The attributes of Schema must be declared with the types of RFC 7643 and as readOnly."""
    _declared(scim, SCHEMA_URN, path, kind, multi_valued=multi_valued)


@requirement("RFC7643-8.7.2-13", "RFC7643-E5606-01", level="cosmetic", consequence=COSMETIC)
def test_types_of_attributes_are_declared(scim: Session) -> None:
    """Canonical values of attributes.type must contain all data types; a missing binary produces a note (erratum 5606)."""
    listed = _declared(scim, SCHEMA_URN, "attributes.type", "string").get("canonicalValues") or ()
    if listed and KEYWORDS - set(listed):
        raise Finding("attributes.type lacks canonical values", json_of(sorted(KEYWORDS)), json_of(listed))
    if "binary" not in listed:
        scim.note("attributes.type does not list binary, as before erratum 5606")


@requirement("RFC7643-8.7.2-14", "RFC7643-E5607-01", level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize("path", ["attributes.canonicalValues", "attributes.referenceTypes"])
def test_lists_of_texts_are_declared_multi_valued(scim: Session, path: str) -> None:
    """canonicalValues and referenceTypes (erratum 5607) must be declared as lists of strings."""
    _declared(scim, SCHEMA_URN, path, "string", multi_valued=True)


@requirement("RFC7643-8.7.2-15", level="cosmetic", consequence=COSMETIC)
@pytest.mark.parametrize("path", list(WORDS))
def test_words_of_characteristics_are_declared(scim: Session, path: str) -> None:
    """mutability, returned, and uniqueness must be declared as strings with the keywords of RFC 7643 as canonical values."""
    listed = _declared(scim, SCHEMA_URN, path, "string").get("canonicalValues")
    if listed and set(listed) != WORDS[path]:
        raise Finding(
            f"the canonical values of {path} differ from RFC 7643", json_of(sorted(WORDS[path])), json_of(listed)
        )


def _declared(
    scim: Session, urn: str, path: str, kind: str, *, multi_valued: bool = False, required: bool | None = None
) -> dict[str, Any]:
    """The declaration, which must have this type and multiValued and be readOnly; `required` None is not compared."""
    held = _published(scim, urn, path)
    wanted: dict[str, Any] = {"type": kind, "multiValued": multi_valued, "mutability": "readOnly"}
    if required is not None:
        wanted["required"] = required
    told = {name: held.get(name, False if name in ("multiValued", "required") else None) for name in wanted}
    if told != wanted:
        raise Finding(f"the declaration of {path} differs from RFC 7643", json_of(wanted), json_of(told))
    return held


def _published(scim: Session, urn: str, path: str) -> dict[str, Any]:
    """An attribute of a schema that few servers list; raises NotOffered if the target does not."""
    if urn not in scim.target.schemas:
        raise NotOffered(urn)
    scim.get(f"/Schemas/{urn}")  # for the report
    return scim.target.need_attribute(urn, path)
