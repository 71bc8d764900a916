"""RFC 7643 section 6: the form of resource types, and whether the server acts as they declare."""

from __future__ import annotations

from collections import Counter

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Target
from conformance.topics.discovery_documents import TYPE_URN, TYPES, cannot_be_written, objects, resource_types


@requirement("RFC7643-6-01")
def test_resource_types_list_their_schema(scim: Session) -> None:
    """Each resource type must have the URN of ResourceType in schemas."""
    for rtype in resource_types(scim):
        if TYPE_URN not in (rtype.get("schemas") or ()):
            raise Finding(
                f"{rtype.get('name')}: schemas does not have the URN of ResourceType",
                TYPE_URN,
                json_of(rtype.get("schemas")),
            )


@requirement("RFC7643-6-02", level="lie")
def test_resource_types_are_read_only(scim: Session) -> None:
    """Writes to /ResourceTypes and to a single resource type must be rejected and change nothing."""
    first = resource_types(scim)[0]
    cannot_be_written(scim, TYPES)
    if scim.get(f"{TYPES}/{first.get('name')}").status == 200:
        cannot_be_written(scim, f"{TYPES}/{first.get('name')}")


@requirement("RFC7643-6-03", "RFC7644-4-07")
def test_resource_type_is_read_by_its_id(scim: Session) -> None:
    """GET by the id of a resource type, if it has one, must return the same object as the list."""
    for rtype in resource_types(scim):
        id_ = rtype.get("id")
        if "id" not in rtype:
            continue
        if not isinstance(id_, str) or not id_:
            raise Finding("the id of a resource type is not a string", "a non-empty string, or no id", json_of(id_))
        expect.equal(expect.status(scim.get(f"{TYPES}/{id_}"), 200).json, rtype, f"{TYPES}/{id_}")


@requirement("RFC7643-6-04", "RFC7643-6-06", "RFC7643-6-07", "RFC7644-4-06")
def test_resource_types_have_name_endpoint_and_schema(scim: Session) -> None:
    """Each resource type must have name, endpoint, and schema; an absolute endpoint is a warning."""
    for rtype in resource_types(scim):
        for name in ("name", "endpoint", "schema"):
            if not isinstance(rtype.get(name), str) or not rtype[name]:
                raise Finding(f"a resource type has no {name}", "a string", json_of(rtype))
        if "://" in rtype["endpoint"]:
            scim.warn("the endpoint of a resource type is not relative to the base URL", "/Users", rtype["endpoint"])


@requirement("RFC7643-6-05", level="cosmetic")
def test_description_of_a_resource_type_is_a_text(scim: Session) -> None:
    """description must be a string if it is present."""
    for rtype in resource_types(scim):
        if not isinstance(rtype.get("description", ""), str):
            raise Finding(
                f"{rtype.get('name')}: description is not a string", "a string", json_of(rtype["description"])
            )


@requirement(
    "RFC7643-6-04",
    consequence="A client that relies on meta.resourceType does not recognize the resource.",
    fix="Use the resource type's name as meta.resourceType.",
)
@for_each_resource_type
def test_resources_bear_the_name_of_their_type(scim: Session, type_name: str) -> None:
    """meta.resourceType of a resource must be the name of its resource type."""
    read = scim.read(scim.new(_known(scim.target, type_name)))
    expect.resource_type(read, type_name)


@requirement(
    "RFC7643-6-06", consequence="A client that uses discovery sends its requests to an endpoint that does not exist."
)
@for_each_resource_type
def test_endpoint_of_a_resource_type_is_there(scim: Session, type_name: str) -> None:
    """GET on the endpoint of a resource type must not return 404, 410, or a server error."""
    known = _known(scim.target, type_name)
    listed = {str(rtype.get("name")): str(rtype.get("endpoint")) for rtype in resource_types(scim)}
    if known not in listed:
        raise Finding(f"{TYPES} no longer lists {known}", known, ", ".join(listed))
    told = listed[known]
    endpoint = told if "://" in told else "/" + told.strip("/")  # as published, below the base URL
    if (answer := scim.get(endpoint, count=1)).status in (404, 410) or answer.status >= 500:
        raise Finding(f"the endpoint of {type_name} does not work", f"a list at {endpoint}", answer.told)


@requirement("RFC7643-6-07", "RFC7643-6-09")
def test_schemas_of_resource_types_can_be_read(scim: Session) -> None:
    """GET /Schemas/{URN} must return the schema of each resource type and of each extension."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    for rtype in resource_types(scim):
        for holder in [rtype, *objects(rtype.get("schemaExtensions"))]:
            urn = holder.get("schema")
            expect.equal(expect.status(scim.get(f"/Schemas/{urn}"), 200)["id"], urn, f"id of /Schemas/{urn}")


@requirement("RFC7643-6-08", "RFC7643-6-10", "RFC7643-E7522-01")
def test_extensions_are_a_list_that_says_required(scim: Session) -> None:
    """schemaExtensions, if present, must be an array of objects with a boolean `required`."""
    for rtype in resource_types(scim):
        listed = rtype.get("schemaExtensions", [])
        if not isinstance(listed, list) or len(objects(listed)) != len(listed):
            raise Finding(f"{rtype.get('name')}: schemaExtensions is not a list of objects", "[…]", json_of(listed))
        for extension in objects(listed):
            if not isinstance(extension.get("required"), bool):
                raise Finding(
                    f"{rtype.get('name')}: an extension has no boolean required", "true or false", json_of(extension)
                )


@requirement("RFC7643-E8475-01")
def test_names_and_endpoints_occur_once(scim: Session) -> None:
    """Resource types must have distinct names and endpoints."""
    types = resource_types(scim)
    for name in ("name", "endpoint"):
        twice = [value for value, number in Counter(str(t.get(name)).strip("/") for t in types).items() if number > 1]
        expect.equal(twice, [], f"{name} values that several resource types share")


def _known(target: Target, type_name: str | None) -> str:
    """The name of the resource type; raises NotOffered if the target has no /ResourceTypes."""
    if type_name is None or not target.resource_types:
        raise NotOffered(TYPES)
    return type_name
