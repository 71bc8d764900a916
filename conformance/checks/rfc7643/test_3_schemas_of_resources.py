"""RFC 7643 sections 3 and 3.3: the schemas of a resource, common attributes, and the attributes of extensions."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of, named
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN
from conformance.topics.round_trips import accepted, created, enterprise, full_body, in_extension, representations

COMMON = {"schemas", "id", "externalid", "meta"}


@requirement("RFC7643-3-01", "RFC7643-3-02", "RFC7643-3-04", "RFC7643-3.3-01", "RFC7643-2.1-03")
@for_each_resource_type
def test_schemas_lists_the_base_schema_once(scim: Session, type_name: str) -> None:
    """schemas must list distinct URIs, including the base schema, in responses to POST, GET, PUT, PATCH, and in lists."""
    if type_name is None:
        raise NotOffered("a resource type")
    core = definitions_of(scim.target, type_name).core
    for method, resource in representations(scim, type_name, scim.body(type_name)):
        urns = resource.get("schemas")
        if not isinstance(urns, list) or core not in urns or len(set(map(str, urns))) != len(urns):
            raise Finding(f"schemas is wrong in the response to {method}", f"distinct URIs with {core}", json_of(urns))


@requirement("RFC7643-3-03")
@for_each_resource_type
def test_schemas_lists_only_what_the_resource_type_has(scim: Session, type_name: str) -> None:
    """Every URN in schemas must be the base schema or an extension that /ResourceTypes lists for the type."""
    rtype: dict[str, Any] = next((t for t in scim.target.resource_types if t.get("name") == type_name), {})
    if not rtype:
        raise NotOffered("/ResourceTypes")
    known = {rtype.get("schema"), *(item.get("schema") for item in rtype.get("schemaExtensions") or ())}
    urns = scim.read(scim.new(type_name, **full_body(scim, type_name))).get("schemas") or ()
    expect.equal([urn for urn in urns if urn not in known], [], "schemas that the resource type does not have")


@requirement("RFC7643-3-02", level="cosmetic")
@pytest.mark.parametrize("schemas", [None, []], ids=["none", "an empty list"])
def test_create_needs_schemas(scim: Session, schemas: list[str] | None) -> None:
    """POST without schemas, or with an empty list, must be rejected; accepting it is a warning."""
    body = {name: value for name, value in scim.user_body().items() if name != "schemas"}
    answer = scim.post(scim.users, body if schemas is None else {**body, "schemas": schemas})
    if answer.status == 201:
        scim.warn("the server accepts a POST without schemas", "400 invalidSyntax or invalidValue", "201")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")


@requirement("RFC7643-3-04", level="cosmetic")
def test_schemas_does_not_grow_with_changes(scim: Session) -> None:
    """Adding two attributes of an extension one after the other must list the extension only once in schemas."""
    enterprise(scim, department="", division="")
    user = scim.new_user()
    for name in ("department", "division"):
        change = {"op": "add", "path": f"{ENTERPRISE_URN}:{name}", "value": "Check"}
        expect.written(scim.patch(scim.path_of(user), change))
    expect.equal(
        (scim.read(user).get("schemas") or []).count(ENTERPRISE_URN), 1, f"number of times schemas has {ENTERPRISE_URN}"
    )


@requirement("RFC7643-3-05", level="lie")
def test_order_of_schemas_means_nothing(scim: Session) -> None:
    """The order of the URNs in schemas must not matter."""
    body = {**scim.user_body(**enterprise(scim, department="Check")), "schemas": [ENTERPRISE_URN, USER_URN]}
    user = scim.read(created(expect.status(scim.post(scim.users, body), 201)))
    expect.equal(in_extension(user).get("department"), "Check", "department")
    expect.resource_type(user, "User")


@requirement(
    "RFC7643-3-06",
    "RFC7643-3.1-01",
    level="lie",
    consequence="Entra cannot match existing users and creates them again.",
)
@for_each_resource_type
def test_common_attributes_belong_to_every_type(scim: Session, type_name: str) -> None:
    """Every resource must have id and meta, whatever schemas says; a missing externalId is a warning."""
    if type_name is None:
        raise NotOffered("a resource type")
    own = scim.name()
    resource = scim.read(scim.new(type_name, externalId=own))
    if resource.get("externalId") is None:  # a server may ignore what is posted (RFC 7644 section 3.3)
        scim.warn("externalId is not stored", json_of(own), "no externalId")
    else:
        expect.holds(resource, externalId=own)
    if not resource.get("id") or not isinstance(resource.get("meta"), dict):
        shown = {name: resource.get(name) for name in ("id", "meta")}
        raise Finding("a resource has no id or no meta", "both", json_of(shown))


@requirement("RFC7643-3-07", "RFC7643-3.3-05", level="cosmetic")
@for_each_resource_type
def test_top_level_holds_core_attributes_and_extensions(scim: Session, type_name: str) -> None:
    """Top-level keys must be common attributes, attributes of the base schema, or URNs of extensions with an object."""
    if type_name is None:
        raise NotOffered("a resource type")
    known = definitions_of(scim.target, type_name)
    if known.core not in scim.target.schemas:
        raise NotOffered(known.core)
    for key, value in scim.read(scim.new(type_name, **full_body(scim, type_name))).items():
        if known.urn(key) in known.extensions:
            if not isinstance(value, dict):
                raise Finding(f"the value of {key} is not an object", "an object", json_of(value)[:160])
        elif key.lower() not in COMMON and named(known.core_attributes, key) is None:
            raise Finding(
                f"{key} is at the top level, but no schema declares it",
                "only declared attributes",
                json_of(value)[:160],
            )


@requirement(
    "RFC7643-3-08",
    "RFC7643-3.3-05",
    "RFC7643-3.3-02",
    level="lie",
    consequence="Values such as the department never reach the application.",
)
def test_extension_values_live_under_the_urn(scim: Session) -> None:
    """department must be returned only in the object of the enterprise extension, whose URN must be in schemas."""
    read = accepted(scim, **enterprise(scim, department="Check"))
    expect.equal(in_extension(read).get("department"), "Check", "department")
    expect.present(ENTERPRISE_URN in read["schemas"], "the extension's URN in schemas")
    expect.lacks(read, "department")


@requirement("RFC7643-3.3-03", level="cosmetic")
def test_extensions_redefine_no_core_attribute(scim: Session) -> None:
    """An extension should not define an attribute with the name of a core attribute (warning)."""
    for name in scim.target.type_names():
        attributes = [attribute for attribute in scim.target.attributes(name) if attribute.parent is None]
        core = {attribute.name.lower() for attribute in attributes if attribute.is_core} | COMMON
        twice = [str(item) for item in attributes if not item.is_core and item.name.lower() in core]
        expect.equal(twice, [], "attributes of extensions with the name of a core attribute")


@requirement("RFC7643-3.3-07")
@pytest.mark.parametrize("container", [{}, {ENTERPRISE_URN: {}}], ids=["no object", "an empty object"])
def test_schemas_may_name_an_extension_without_data(scim: Session, container: dict[str, Any]) -> None:
    """POST that lists an extension in schemas but has no data for it should be accepted (warning)."""
    enterprise(scim)
    body = {**scim.user_body(), **container, "schemas": [USER_URN, ENTERPRISE_URN]}
    expect.status(scim.post(scim.users, body), 201)


@requirement("RFC7643-4.1-01", "RFC7643-4.2-01", consequence="Clients do not recognize users or groups.")
@pytest.mark.parametrize(("type_name", "urn"), [("User", USER_URN), ("Group", GROUP_URN)], ids=["User", "Group"])
def test_users_and_groups_have_the_schemas_of_the_rfc(scim: Session, type_name: str, urn: str) -> None:
    """User and Group must have the schema URNs of the RFC, in /ResourceTypes and in resources."""
    rtype: dict[str, Any] = next((t for t in scim.target.resource_types if t.get("name") == type_name), {"schema": urn})
    expect.equal(rtype.get("schema"), urn, f"schema of {type_name}")
    expect.present(urn in (scim.read(scim.new(type_name)).get("schemas") or ()), f"{urn} in schemas")
