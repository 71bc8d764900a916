"""RFC 7643 section 6: resource types, and whether what they say holds."""

from __future__ import annotations

from collections import Counter

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Target
from conformance.topics.discovery_documents import TYPE_URN, TYPES, cannot_be_written, objects, resource_types


@requirement("RFC7643-6-01")
def test_resource_types_list_their_schema(scim: Session) -> None:
    """Each resource type says in schemas that it is one."""
    for rtype in resource_types(scim):
        if TYPE_URN not in (rtype.get("schemas") or ()):
            raise Finding(
                f"{rtype.get('name')}: not a ResourceType by its schemas", TYPE_URN, repr(rtype.get("schemas"))
            )


@requirement("RFC7643-6-02", level="lie")
def test_resource_types_are_read_only(scim: Session) -> None:
    """Writes to /ResourceTypes and to one of them are refused and change nothing."""
    first = resource_types(scim)[0]
    cannot_be_written(scim, TYPES)
    if scim.get(f"{TYPES}/{first.get('name')}").status == 200:
        cannot_be_written(scim, f"{TYPES}/{first.get('name')}")


@requirement("RFC7643-6-03", "RFC7644-4-07")
def test_resource_type_is_read_by_its_id(scim: Session) -> None:
    """The id, if there is one, is a text under which the same object is found."""
    for rtype in resource_types(scim):
        id_ = rtype.get("id")
        if "id" not in rtype:
            continue
        if not isinstance(id_, str) or not id_:
            raise Finding("the id of a resource type is no text", "a text, or none", repr(id_))
        expect.equal(expect.status(scim.get(f"{TYPES}/{id_}"), 200).json, rtype, f"{TYPES}/{id_}")


@requirement("RFC7643-6-04", "RFC7643-6-06", "RFC7643-6-07", "RFC7644-4-06")
def test_resource_types_have_name_endpoint_and_schema(scim: Session) -> None:
    """name, endpoint and schema are there, and an endpoint is relative."""
    for rtype in resource_types(scim):
        for name in ("name", "endpoint", "schema"):
            if not isinstance(rtype.get(name), str) or not rtype[name]:
                raise Finding(f"a resource type lacks {name}", "a text", repr(rtype))
        if "://" in rtype["endpoint"]:
            scim.warn("an endpoint is no path below the base URL", "/Users", rtype["endpoint"])


@requirement("RFC7643-6-05", level="cosmetic")
def test_description_of_a_resource_type_is_a_text(scim: Session) -> None:
    """description may be missing, but is a text."""
    for rtype in resource_types(scim):
        if not isinstance(rtype.get("description", ""), str):
            raise Finding(f"{rtype.get('name')}: description is no text", "a text", repr(rtype["description"]))


@requirement(
    "RFC7643-6-04",
    consequence="A client that sorts what it gets by meta.resourceType cannot place it.",
    fix="Use the resource type's name as meta.resourceType.",
)
@for_each_resource_type
def test_resources_bear_the_name_of_their_type(scim: Session, type_name: str) -> None:
    """A resource made at the type's endpoint has its name as meta.resourceType."""
    read = scim.read(scim.new(_known(scim.target, type_name)))
    expect.resource_type(read, type_name)


@requirement("RFC7643-6-06", consequence="A client that follows discovery goes to an address where nobody is.")
@for_each_resource_type
def test_endpoint_of_a_resource_type_is_there(scim: Session, type_name: str) -> None:
    """A GET on the base URL with the endpoint is not 404."""
    known = _known(scim.target, type_name)
    told = next(str(rtype.get("endpoint")) for rtype in resource_types(scim) if rtype.get("name") == known)
    endpoint = told if "://" in told else "/" + told.strip("/")  # as it is told, below the base URL
    if (answer := scim.get(endpoint, count=1)).status in (404, 410) or answer.status >= 500:
        raise Finding(f"{type_name}: nothing is at its endpoint", f"an answer at {endpoint}", answer.told)


@requirement("RFC7643-6-07", "RFC7643-6-09")
def test_schemas_of_resource_types_can_be_read(scim: Session) -> None:
    """The schema of each type and of each extension is found below /Schemas."""
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    for rtype in resource_types(scim):
        for holder in [rtype, *objects(rtype.get("schemaExtensions"))]:
            urn = holder.get("schema")
            expect.equal(expect.status(scim.get(f"/Schemas/{urn}"), 200)["id"], urn, f"the id of /Schemas/{urn}")


@requirement("RFC7643-6-08", "RFC7643-6-10", "RFC7643-E7522-01")
def test_extensions_are_a_list_that_says_required(scim: Session) -> None:
    """schemaExtensions, if any, is an array of objects that each say whether they are required."""
    for rtype in resource_types(scim):
        listed = rtype.get("schemaExtensions", [])
        if not isinstance(listed, list) or len(objects(listed)) != len(listed):
            raise Finding(f"{rtype.get('name')}: schemaExtensions is no list of objects", "[…]", repr(listed))
        for extension in objects(listed):
            if not isinstance(extension.get("required"), bool):
                raise Finding(f"{rtype.get('name')}: an extension lacks required", "true or false", repr(extension))


@requirement("RFC7643-E8475-01")
def test_names_and_endpoints_occur_once(scim: Session) -> None:
    """No two resource types share a name or an endpoint."""
    types = resource_types(scim)
    for name in ("name", "endpoint"):
        twice = [value for value, number in Counter(str(t.get(name)).strip("/") for t in types).items() if number > 1]
        expect.equal(twice, [], f"a {name} that several resource types have")


def _known(target: Target, type_name: str | None) -> str:
    """The name of a type; a target without /ResourceTypes publishes none."""
    if type_name is None or not target.resource_types:
        raise NotOffered(TYPES)
    return type_name
