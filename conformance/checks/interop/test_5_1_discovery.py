"""Interoperability profile section 5.1: the discovery endpoints exist and describe what the service does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute, for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding
from conformance.target.discovery import Attribute
from conformance.topics.discovery_documents import CONFIG, CONFIG_URN, SCHEMA_URN, SCHEMAS, TYPE_URN, TYPES, objects
from conformance.topics.discovery_documents import resource_types as published_types
from conformance.topics.one_attribute import HIDDEN, body_with, fitting, holds, is_shown, made, needed, shown

COMMON = {"schemas", "id", "externalid", "meta"}  # of every resource, whatever its schema lists (RFC 7643 3.1)
BLIND = "A client that configures itself from discovery maps attributes that do not exist or misses those that do."


@requirement("INTEROP-5.1-01", consequence=BLIND)
def test_interop_configuration_is_there(scim: Session) -> None:
    """GET /ServiceProviderConfig must return 200 and the configuration."""
    answer = expect.status(scim.get(CONFIG), 200)
    expect.equal(CONFIG_URN in (answer["schemas"] or ()), True, f"whether schemas has {CONFIG_URN}")


@requirement("INTEROP-5.1-02", consequence=BLIND)
def test_interop_schemas_are_there(scim: Session) -> None:
    """GET /Schemas must return a list of schemas; those of the discovery documents themselves may be missing."""
    for schema in _listed(scim, SCHEMAS):
        expect.equal(
            SCHEMA_URN in schema.get("schemas", [SCHEMA_URN]),
            True,
            f"whether {schema.get('id')} has the URN of a Schema",
        )
        expect.equal(
            isinstance(schema.get("attributes"), list), True, f"whether attributes of {schema.get('id')} is a list"
        )


@requirement("INTEROP-5.1-03", consequence=BLIND)
def test_interop_resource_types_are_there(scim: Session) -> None:
    """GET /ResourceTypes must return a list of resource types."""
    for rtype in _listed(scim, TYPES):
        expect.equal(
            TYPE_URN in rtype.get("schemas", [TYPE_URN]),
            True,
            f"whether {rtype.get('name')} has the URN of a ResourceType",
        )


@requirement(
    "INTEROP-5.1-05",
    "INTEROP-5.1-06",
    consequence=BLIND,
    fix="Publish extension schemas at /Schemas like core schemas.",
)
def test_interop_schemas_of_resource_types_are_published(scim: Session) -> None:
    """Every schema that a resource type names must be listed by /Schemas and be available at /Schemas/{urn}."""
    known = {schema.get("id") for schema in _listed(scim, SCHEMAS)}
    for rtype in published_types(scim):
        for holder in [rtype, *objects(rtype.get("schemaExtensions"))]:
            urn = holder.get("schema")
            if urn not in known:
                raise Finding(f"/Schemas does not list a schema of {rtype.get('name')}", str(urn), "not listed")
            answer = expect.status(scim.get(f"{SCHEMAS}/{urn}"), 200)
            expect.equal(answer["id"], urn, f"id at {SCHEMAS}/{urn}")


@requirement("INTEROP-5.1-07", "INTEROP-5.1-08", level="cosmetic", fix="Set the id of each resource type to its name.")
def test_interop_id_of_a_resource_type_is_its_name(scim: Session) -> None:
    """The `id` of each resource type must equal its `name`, and GET /ResourceTypes/{name} must return the type."""
    for rtype in published_types(scim):
        name = rtype.get("name")
        if not isinstance(rtype.get("id"), str) or rtype["id"] != name:
            raise Finding("the id of a resource type differs from its name", json_of(name), json_of(rtype.get("id")))
        answer = expect.status(scim.get(f"{TYPES}/{name}"), 200)
        expect.equal(answer["name"], name, f"name at {TYPES}/{name}")


@requirement("INTEROP-5.1-04", level="lie", consequence=BLIND, fix="Publish every attribute that responses contain.")
@for_each_resource_type
def test_interop_answers_hold_published_attributes_only(scim: Session, type_name: str) -> None:
    """A returned resource must contain only attributes and sub-attributes that its published schemas define."""
    known = {path.lower() for attribute in scim.target.attributes(type_name) for path in _paths(attribute)}
    hidden = {attribute.name for attribute in scim.target.attributes(type_name) if attribute.returned in HIDDEN}
    body = {name: value for name, value in scim.body(type_name, full=True).items() if name not in hidden}
    created = made(scim, type_name, body)
    resource = scim.read(created)
    expect.equal(resource.get("id"), created["id"], "id")
    unknown = sorted(path for path in _paths_in(resource) if path.lower() not in known)
    if unknown:
        raise Finding(
            "the server returns attributes that no schema publishes",
            "only attributes in /Schemas",
            ", ".join(unknown)[:200],
        )


@requirement("INTEROP-5.1-04", level="lie", consequence=BLIND, fix="Publish only attributes that the server stores.")
@for_each_attribute(is_shown)
def test_interop_published_attributes_are_kept(scim: Session, attribute: Attribute) -> None:
    """Each published writable attribute must be accepted in a create and be returned by a read."""
    needed(attribute)
    value = fitting(scim, attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, value))
    holds(attribute, value, shown(scim, attribute, resource), "the create")


def _listed(scim: Session, path: str) -> list[dict[str, Any]]:
    entries = expect.listing(scim.get(path))
    if not entries:
        raise Finding(f"the list at {path} is empty", "at least one entry", "an empty list")
    return entries


def _paths(attribute: Attribute) -> Iterator[str]:
    yield attribute.path
    if attribute.is_core:
        yield f"{attribute.schema}:{attribute.path}"


def _paths_in(resource: dict[str, Any], before: str = "") -> Iterator[str]:
    """Every attribute and sub-attribute as a path, without the common attributes and without the URNs themselves."""
    for name, value in resource.items():
        if not before and name.lower() in COMMON:
            continue
        if not before and ":" in name and isinstance(value, dict):
            yield from _paths_in(value, f"{name}:")
            continue
        yield f"{before}{name}"
        for element in objects(value if isinstance(value, list) else [value]):
            yield from (f"{before}{name}.{part}" for part in element)
