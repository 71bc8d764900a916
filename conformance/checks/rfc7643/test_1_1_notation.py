"""RFC 7643 sections 1.1 and 1.2: the notation of values, and the meaning of optional and simple attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.topics.discovery_documents import ABSENT, CONFIG, SCHEMAS, TYPES, definitions, objects
from conformance.values.any_resource import ALWAYS

LITERALS = ("schemas", "id", "schema", "name", "type", "mutability", "returned", "uniqueness", "resourceType")
QUOTES = ("'", '"', "“", "”", "‘", "’")


@requirement("RFC7643-1.1-01", level="cosmetic", consequence="No client recognizes the schema or the keyword.")
def test_values_carry_no_quotation_marks(scim: Session) -> None:
    """Schema URIs, keywords, and names must not contain quotation marks, which delimit them only in the text of the RFC."""
    documents = [scim.get(path).json for path in (CONFIG, TYPES, SCHEMAS)]
    for name, text in _literals([*documents, scim.read(scim.new_user())]):
        if text.startswith(QUOTES) or text.endswith(QUOTES):
            raise Finding(f"the value of {name} contains quotation marks", text.strip("".join(QUOTES)), text)


@requirement(
    "RFC7643-1.1-02", "RFC7643-2.2-01", consequence="Entra sends only mapped attributes, so new users are rejected."
)
@for_each_resource_type
def test_optional_attributes_may_be_left_out(scim: Session, type_name: str) -> None:
    """POST with only the attributes that /Schemas declares required must be accepted."""
    if type_name is None:
        raise NotOffered("a resource type")
    known = definitions_of(scim.target, type_name)
    needed = {str(item["name"]) for item in known.core_attributes if item.get("required") is True}
    needed |= {"schemas", ALWAYS.get(known.core, "schemas"), *known.required_extensions}
    body = {name: value for name, value in scim.body(type_name).items() if name in needed}
    expect.status(scim.post(scim.target.need_type(type_name), body), 201)


@requirement("RFC7643-1.2-01", level="cosmetic")
def test_simple_attributes_have_no_parts(scim: Session) -> None:
    """Only complex attributes may have subAttributes."""
    for declared in definitions(scim):
        if declared.definition.get("type", "string") != "complex" and declared.definition.get("subAttributes"):
            raise Finding(
                f"{declared.path} is a simple attribute and has subAttributes",
                "no subAttributes",
                json_of(declared.definition)[:160],
            )


@requirement("RFC7643-1.2-02", "RFC7643-3.2-01", level="cosmetic")
def test_schemas_are_offered_or_said_to_be_absent(scim: Session) -> None:
    """/Schemas must list the schema of each resource type, or return 404 or 501."""
    answer = scim.get(SCHEMAS)
    if answer.status in ABSENT:
        raise NotOffered(SCHEMAS)
    body = expect.status(answer, 200).json
    listed = {str(item.get("id")) for item in objects(body.get("Resources") if isinstance(body, dict) else body)}
    missing = [rtype.get("schema") for rtype in scim.target.resource_types if rtype.get("schema") not in listed]
    expect.equal(missing, [], "schemas of resource types that /Schemas lacks")


def _literals(value: Any) -> Iterator[tuple[str, str]]:
    """(name, value) of all members whose values are literals in the RFC."""
    if isinstance(value, list):
        for item in value:
            yield from _literals(item)
    elif isinstance(value, dict):
        for name, held in value.items():
            texts = [held] if isinstance(held, str) else held if isinstance(held, list) else []
            yield from ((name, text) for text in texts if name in LITERALS and isinstance(text, str))
            yield from _literals(held)
