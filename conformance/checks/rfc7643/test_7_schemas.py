"""RFC 7643 section 7: schemas as resources, and the characteristics of their attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of, type_name
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import (
    SCHEMA_URN,
    SCHEMAS,
    cannot_be_written,
    definitions,
    objects,
    one_of,
    resource_types,
    schemas,
)

KEYWORDS = {"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"}
WORDS = {
    "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
    "returned": {"always", "never", "default", "request"},
    "uniqueness": {"none", "server", "global"},
}
FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "required": ("true or false", lambda value: isinstance(value, bool)),
    "caseExact": ("true or false", lambda value: isinstance(value, bool)),
    "canonicalValues": ("a list of strings", lambda value: _are_texts(value)),
    "referenceTypes": ("a list of strings", lambda value: _are_texts(value)),
}


@requirement("RFC7643-7-01")
@for_each_resource_type
def test_schemas_of_a_resource_are_published(scim: Session, type_name: str) -> None:
    """Every URI in a resource's schemas must be the id of a schema in /Schemas."""
    if type_name is None or not scim.target.schemas:
        raise NotOffered(SCHEMAS)
    unknown = [urn for urn in scim.read(scim.new(type_name))["schemas"] if urn not in scim.target.schemas]
    expect.equal(unknown, [], "schemas that /Schemas lacks")


@requirement("RFC7643-7-02", level="lie")
def test_schemas_are_read_only(scim: Session) -> None:
    """Writes to /Schemas and to a single schema must be rejected and change nothing."""
    path = f"{SCHEMAS}/{schemas(scim)[0].get('id')}"
    cannot_be_written(scim, SCHEMAS)
    if scim.get(path).status == 404:
        raise NotOffered(path)
    cannot_be_written(scim, path)


@requirement("RFC7643-7-03", "RFC7643-E8417-01", "RFC7643-8.7.2-16", level="cosmetic")
def test_schemas_say_that_they_are_schemas(scim: Session) -> None:
    """Each schema must have the URN of Schema in schemas and correct meta values; missing meta is a warning."""
    for schema in schemas(scim):
        if SCHEMA_URN not in (schema.get("schemas") or ()):
            raise Finding(
                f"{schema.get('id')}: schemas does not have the URN of Schema",
                SCHEMA_URN,
                json_of(schema.get("schemas")),
            )
        meta = schema.get("meta")
        if not isinstance(meta, dict):
            scim.warn(f"{schema.get('id')}: meta is missing", "meta with resourceType and location", json_of(meta))
            continue
        expect.equal(meta.get("resourceType"), "Schema", f"meta.resourceType of {schema.get('id')}")
        location = str(meta.get("location", ""))
        if location.startswith(scim.client.base_url):
            expect.equal(
                expect.status(scim.get(location), 200)["id"], schema.get("id"), f"id of the schema at {location}"
            )


@requirement("RFC7643-7-04", "RFC7644-4-05", "RFC7644-3.4.1-02")
def test_schemas_are_found_by_their_urn(scim: Session) -> None:
    """The id of each schema must be a URN, and GET /Schemas/{URN} must return the same schema as the list."""
    for schema in schemas(scim):
        urn = schema.get("id")
        if not isinstance(urn, str) or not urn.lower().startswith("urn:"):
            raise Finding("the id of a schema is not a URN", "urn:…", json_of(urn))
        expect.equal(expect.status(scim.get(f"{SCHEMAS}/{urn}"), 200).json, schema, f"{SCHEMAS}/{urn}")


@requirement("RFC7643-7-05", "RFC7643-7-06", "RFC7643-7-12", level="cosmetic")
def test_names_and_descriptions_are_texts(scim: Session) -> None:
    """name and description must be strings if present; attributes without a description are a warning."""
    for schema in schemas(scim):
        if not isinstance(schema.get("name", "-"), str) or not schema.get("name", "-"):
            raise Finding(f"{schema.get('id')}: name is not a non-empty string", "a string", json_of(schema["name"]))
        if not isinstance(schema.get("description", ""), str):
            raise Finding(
                f"{schema.get('id')}: description is not a string", "a string", json_of(schema["description"])
            )
    told = list(definitions(scim))
    for declared in told:
        if not isinstance(declared.definition.get("description", ""), str):
            raise Finding(f"{declared.path}: description is not a string", "a string", json_of(declared.definition))
    if silent := [declared.path for declared in told if not declared.definition.get("description")]:
        scim.warn("some attributes have no description", "a description for each", f"{len(silent)}, first {silent[0]}")


@requirement("RFC7643-7-07")
def test_schemas_list_each_attribute_once(scim: Session) -> None:
    """attributes must be a list of objects with names that are distinct regardless of case."""
    for schema in schemas(scim):
        listed = schema.get("attributes")
        if not listed or len(objects(listed)) != len(listed):
            raise Finding(f"{schema.get('id')}: attributes is not a list of objects", "[{…}]", json_of(listed)[:160])
        names = Counter(str(attribute.get("name", "")).lower() for attribute in objects(listed))
        twice = [name for name, number in names.items() if number > 1 or not name]
        expect.equal(twice, [], f"names that are empty or repeated in {schema.get('id')}")


@requirement("RFC7643-7-08", "RFC7643-E5606-01", "RFC7643-E8435-01")
def test_types_are_of_the_vocabulary(scim: Session) -> None:
    """type must be one of the eight data types of RFC 7643, in exactly its spelling."""
    for declared in definitions(scim):
        one_of(declared, "type", KEYWORDS)


@requirement("RFC7643-7-09")
def test_complex_attributes_list_their_parts(scim: Session) -> None:
    """A complex attribute should have subAttributes (warning)."""
    for declared in definitions(scim):
        nested = declared.schema == SCHEMA_URN and declared.parent is not None
        if declared.definition.get("type") == "complex" and not declared.definition.get("subAttributes") and not nested:
            raise Finding(
                f"{declared.path} is complex and has no subAttributes",
                "subAttributes",
                json_of(declared.definition)[:160],
            )


@requirement(
    "RFC7643-7-10",
    "RFC7643-7-11",
    consequence="A client that is generated from the schemas sends an object instead of a list.",
)
def test_attributes_have_name_type_and_plurality(scim: Session) -> None:
    """Each attribute and sub-attribute must have name, type, and a boolean multiValued."""
    for declared in definitions(scim):
        for name, kind in (("name", str), ("type", str), ("multiValued", bool)):
            if not isinstance(declared.definition.get(name), kind):
                raise Finding(
                    f"{declared.path}: {name} is missing or has the wrong JSON type",
                    type_name(kind()),
                    json_of(declared.definition),
                )


@requirement(
    "RFC7643-7-20", "RFC7643-7-25", "RFC7643-7-31", fix="Use the exact spelling of RFC 7643: readWrite, not readwrite."
)
@pytest.mark.parametrize("characteristic", list(WORDS))
def test_characteristics_are_of_the_vocabulary(scim: Session, characteristic: str) -> None:
    """mutability, returned, and uniqueness, if present, must be keywords of RFC 7643 in exactly its spelling."""
    for declared in definitions(scim):
        one_of(declared, characteristic, WORDS[characteristic])


@requirement("RFC7643-7-13", "RFC7643-7-14", "RFC7643-7-16", "RFC7643-E5607-01")
@pytest.mark.parametrize("characteristic", list(FORMS))
def test_characteristics_have_their_form(scim: Session, characteristic: str) -> None:
    """If present, required and caseExact must be booleans, and canonicalValues and referenceTypes lists of strings."""
    wanted, fits = FORMS[characteristic]
    for declared in definitions(scim):
        value = declared.definition.get(characteristic)
        if characteristic in declared.definition and not fits(value):
            raise Finding(f"{declared.path}: {characteristic} has the wrong JSON type", wanted, json_of(value))


@requirement("RFC7643-7-36")
def test_reference_types_are_names_that_mean_something(scim: Session) -> None:
    """Only references may have referenceTypes, and these must be names of resource types, external, or uri."""
    names = {str(rtype.get("name")) for rtype in resource_types(scim)}
    known = names | {"external", "uri", "User", "Group"}  # a server without groups may use the schemas as printed
    for declared in definitions(scim):
        listed = declared.definition.get("referenceTypes")
        if listed and declared.definition.get("type") != "reference":
            raise Finding(f"{declared.path} has referenceTypes but is not a reference", "none", json_of(listed))
        if unknown := [name for name in listed or () if name not in known]:
            raise Finding(
                f"{declared.path}: referenceTypes names unknown resource types",
                " ".join(sorted(known)),
                json_of(unknown),
            )


@requirement("RFC7643-7-37", "RFC7643-E8415-01")
def test_no_sub_attribute_is_complex(scim: Session) -> None:
    """Sub-attributes must not be complex, except in the schema of Schema."""
    for declared in definitions(scim):
        deep = declared.definition.get("type") == "complex" or declared.definition.get("subAttributes")
        if declared.parent is not None and deep and declared.schema != SCHEMA_URN:
            raise Finding(f"the sub-attribute {declared.path} is complex", "a simple type", "complex")


@requirement("RFC7643-E6004-01", level="cosmetic")
def test_complex_attributes_are_not_unique(scim: Session) -> None:
    """A complex attribute should not be declared unique (warning)."""
    for declared in definitions(scim):
        unique = declared.definition.get("uniqueness", "none")
        if declared.definition.get("type") == "complex" and unique in ("server", "global"):
            scim.warn(f"the complex attribute {declared.path} is declared unique", "none", json_of(unique))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
