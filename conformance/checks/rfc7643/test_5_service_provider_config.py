"""RFC 7643 sections 5 to 7: configuration, resource types, schemas."""

from __future__ import annotations

from typing import Any

from conformance import expect
from conformance.requirements import requirement
from conformance.session import Session
from conformance.verdict import Finding, NotOffered

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPES = {"string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"}


@requirement("RFC7643-5-01", "RFC7644-4-02", "RFC7644-4-03", "RFC7644-3.2-09")
def test_configuration_has_its_schema(scim: Session) -> None:
    """/ServiceProviderConfig is one object of its schema."""
    answer = expect.status(scim.get("/ServiceProviderConfig"), 200)
    expect.equal(CONFIG_URN in (answer["schemas"] or ()), True, "the configuration's URN in schemas")


@requirement("RFC7643-5-05", "RFC7643-5-11", "RFC7643-5-12", "RFC7643-5-13")
def test_configuration_says_what_is_supported(scim: Session) -> None:
    """patch, changePassword, sort and etag say supported true or false."""
    config = expect.status(scim.get("/ServiceProviderConfig"), 200).json
    for name in ("patch", "changePassword", "sort", "etag"):
        if not isinstance((config.get(name) or {}).get("supported"), bool):
            raise Finding(f"{name}.supported is no boolean", "true or false", repr(config.get(name)))


@requirement("RFC7643-5-06", "RFC7643-5-07", "RFC7643-5-08", "RFC7643-5-09", "RFC7643-5-10", "RFC7644-3.7.4-01")
def test_configuration_gives_its_limits(scim: Session) -> None:
    """bulk and filter come with integer limits."""
    config = expect.status(scim.get("/ServiceProviderConfig"), 200).json
    for name, limits in (("bulk", ("maxOperations", "maxPayloadSize")), ("filter", ("maxResults",))):
        for limit in limits:
            value = (config.get(name) or {}).get(limit)
            if not isinstance(value, int) or isinstance(value, bool):
                raise Finding(f"{name}.{limit} is no integer", "an integer", repr(value))


@requirement("RFC7643-5-14", "RFC7643-5-16", "RFC7643-5-17", "RFC7643-5-18")
def test_configuration_names_authentication_schemes(scim: Session) -> None:
    """authenticationSchemes is a list with type, name and description each."""
    schemes = expect.status(scim.get("/ServiceProviderConfig"), 200)["authenticationSchemes"]
    if not isinstance(schemes, list):
        raise Finding("authenticationSchemes is no list", "a list", repr(schemes))
    for scheme in schemes:
        for name in ("type", "name", "description"):
            if not scheme.get(name):
                raise Finding(f"an authentication scheme lacks {name}", "a text", repr(scheme))


def resource_types(scim: Session) -> list[dict[str, Any]]:
    if not scim.target.resource_types:
        raise NotOffered("/ResourceTypes")
    return scim.target.resource_types


def schemas(scim: Session) -> list[dict[str, Any]]:
    if not scim.target.schemas:
        raise NotOffered("/Schemas")
    return list(scim.target.schemas.values())


@requirement("RFC7643-6-04", "RFC7643-6-06", "RFC7643-6-07", "RFC7644-4-06", "RFC7644-E8365-01")
def test_resource_types_name_endpoint_and_schema(scim: Session) -> None:
    """Each resource type has a name, one endpoint of its own and a schema that /Schemas knows."""
    endpoints = set()
    for rtype in resource_types(scim):
        for name in ("name", "endpoint", "schema"):
            if not isinstance(rtype.get(name), str) or not rtype[name]:
                raise Finding(f"a resource type lacks {name}", "a text", repr(rtype))
        if scim.target.schemas and rtype["schema"] not in scim.target.schemas:
            raise Finding(f"{rtype['name']}: its schema is not at /Schemas", "listed", rtype["schema"])
        endpoints.add(rtype["endpoint"].strip("/"))
    expect.equal(len(endpoints), len(resource_types(scim)), "the number of distinct endpoints")


@requirement("RFC7643-6-09", "RFC7643-6-10")
def test_schema_extensions_are_known(scim: Session) -> None:
    """Each extension names a schema of /Schemas and says whether it is required."""
    for rtype in resource_types(scim):
        for extension in rtype.get("schemaExtensions") or ():
            if scim.target.schemas and extension.get("schema") not in scim.target.schemas:
                raise Finding(f"{rtype.get('name')}: an extension is not at /Schemas", "listed", repr(extension))
            if not isinstance(extension.get("required"), bool):
                raise Finding(
                    f"{rtype.get('name')}: an extension does not say required", "true or false", repr(extension)
                )


@requirement("RFC7643-7-04", "RFC7643-7-07", "RFC7644-4-04")
def test_schemas_have_id_and_attributes(scim: Session) -> None:
    """Each schema has its URN as id and a list of attributes."""
    for schema in schemas(scim):
        if not str(schema.get("id", "")).startswith("urn:") or not isinstance(schema.get("attributes"), list):
            raise Finding("a schema is incomplete", "id and attributes", repr(schema)[:160])


@requirement("RFC7643-7-08", "RFC7643-7-11", "RFC7643-7-20", "RFC7643-7-25", "RFC7643-7-31", "RFC7643-2.3.8-02")
def test_schema_characteristics_are_of_the_vocabulary(scim: Session) -> None:
    """type, mutability, returned and uniqueness have defined values; complex attributes are not nested."""
    allowed = {
        "type": TYPES,
        "mutability": {"readOnly", "readWrite", "immutable", "writeOnly"},
        "returned": {"always", "never", "default", "request"},
        "uniqueness": {"none", "server", "global"},
    }
    for schema in schemas(scim):
        if ":core:2.0:Schema" in str(schema.get("id")):
            continue  # the schema of schemas nests, as printed in the RFC
        for attribute in schema.get("attributes") or ():
            for item in (attribute, *(attribute.get("subAttributes") or ())):
                for key, values in allowed.items():
                    if key in item and item[key] not in values:
                        raise Finding(
                            f"{schema['id']}:{item.get('name')}.{key}", " ".join(sorted(values)), repr(item[key])
                        )
            if any(sub.get("type") == "complex" for sub in attribute.get("subAttributes") or ()):
                raise Finding(f"{attribute.get('name')} holds a complex sub-attribute", "none", "complex in complex")


@requirement("RFC7644-3.4.1-02", "RFC7644-4-05", "RFC7644-4-07")
def test_single_schema_is_read_by_its_urn(scim: Session) -> None:
    """/Schemas/{urn} gives the one schema."""
    urn = str(schemas(scim)[0]["id"])
    expect.equal(expect.status(scim.get(f"/Schemas/{urn}"), 200)["id"], urn, "id")


@requirement("RFC7644-4-08", "RFC7644-3.2-10", "RFC7644-3.2-11")
def test_discovery_lists_are_list_responses(scim: Session) -> None:
    """/ResourceTypes and /Schemas answer with a ListResponse."""
    for path in ("/ResourceTypes", "/Schemas"):
        answer = scim.get(path)
        if answer.status in (404, 501):
            raise NotOffered(path)
        expect.listing(answer)


@requirement("RFC7644-4-10")
def test_filter_on_discovery_is_forbidden(scim: Session) -> None:
    """A filter on /Schemas gives 403."""
    answer = scim.get("/Schemas", filter='name eq "User"')
    if answer.status != 403:
        scim.warn("a filter on a discovery endpoint is not refused", "403", str(answer.status))
