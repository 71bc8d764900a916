"""RFC 7643 sections 3 and 3.3: the schemas of a resource, common attributes, and where extensions keep theirs."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of, named
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN
from conformance.topics.round_trips import accepted, created, enterprise, full_body, in_extension, representations

COMMON = {"schemas", "id", "externalid", "meta"}


@requirement("RFC7643-3-01", "RFC7643-3-02", "RFC7643-3-04", "RFC7643-3.3-01", "RFC7643-2.1-03")
@for_each_resource_type
def test_schemas_lists_the_base_schema_once(scim: Session, type_name: str) -> None:
    """In the answers to POST, GET, PUT, PATCH and in lists: distinct URIs, the base schema among them."""
    if type_name is None:
        raise NotOffered("a resource type")
    core = definitions_of(scim.target, type_name).core
    for method, resource in representations(scim, type_name, scim.body(type_name)):
        urns = resource.get("schemas")
        if not isinstance(urns, list) or core not in urns or len(set(map(str, urns))) != len(urns):
            raise Finding(f"schemas is not right in the answer to {method}", f"distinct URIs with {core}", repr(urns))


@requirement("RFC7643-3-03")
@for_each_resource_type
def test_schemas_lists_only_what_the_resource_type_has(scim: Session, type_name: str) -> None:
    """Every URN in schemas is the base schema or an advertised extension."""
    rtype: dict[str, Any] = next((t for t in scim.target.resource_types if t.get("name") == type_name), {})
    if not rtype:
        raise NotOffered("/ResourceTypes")
    known = {rtype.get("schema"), *(item.get("schema") for item in rtype.get("schemaExtensions") or ())}
    urns = scim.read(scim.new(type_name, **full_body(scim, type_name))).get("schemas") or ()
    expect.equal([urn for urn in urns if urn not in known], [], "schemas beside those of the resource type")


@requirement("RFC7643-3-02", level="cosmetic")
@pytest.mark.parametrize("schemas", [None, []], ids=["none", "an empty list"])
def test_create_needs_schemas(scim: Session, schemas: list[str] | None) -> None:
    """A create without schemas is refused; one that is taken all the same is told."""
    body = {name: value for name, value in scim.user_body().items() if name != "schemas"}
    answer = scim.post(scim.users, body if schemas is None else {**body, "schemas": schemas})
    if answer.status == 201:
        scim.warn("a create without schemas is taken", "400 invalidSyntax or invalidValue", "201")
        return
    expect.keyword(scim, answer, 400, "invalidSyntax", "invalidValue")


@requirement("RFC7643-3-04", level="cosmetic")
def test_schemas_does_not_grow_with_changes(scim: Session) -> None:
    """Two extension attributes, added one after the other, name the extension once."""
    enterprise(scim, department="", division="")
    user = scim.new_user()
    for name in ("department", "division"):
        change = {"op": "add", "path": f"{ENTERPRISE_URN}:{name}", "value": "Check"}
        expect.written(scim.patch(scim.path_of(user), change))
    expect.equal(
        (scim.read(user).get("schemas") or []).count(ENTERPRISE_URN), 1, f"how often schemas has {ENTERPRISE_URN}"
    )


@requirement("RFC7643-3-05", level="lie")
def test_order_of_schemas_means_nothing(scim: Session) -> None:
    """The enterprise URN before the core one: the same user."""
    body = {**scim.user_body(**enterprise(scim, department="Check")), "schemas": [ENTERPRISE_URN, USER_URN]}
    user = scim.read(created(expect.status(scim.post(scim.users, body), 201)))
    expect.equal(in_extension(user).get("department"), "Check", "department")
    expect.resource_type(user, "User")


@requirement("RFC7643-3-06", "RFC7643-3.1-01", level="lie", consequence="Entra cannot match: it creates people again.")
@for_each_resource_type
def test_common_attributes_belong_to_every_type(scim: Session, type_name: str) -> None:
    """id and meta are there, whatever schemas says, and externalId comes back (a missing one is a warning)."""
    if type_name is None:
        raise NotOffered("a resource type")
    own = scim.name()
    resource = scim.read(scim.new(type_name, externalId=own))
    if resource.get("externalId") is None:  # a server may ignore what is posted (RFC 7644 section 3.3)
        scim.warn("externalId is not stored", repr(own), "no externalId")
    else:
        expect.holds(resource, externalId=own)
    if not resource.get("id") or not isinstance(resource.get("meta"), dict):
        shown = {name: resource.get(name) for name in ("id", "meta")}
        raise Finding("a resource lacks id or meta", "both", repr(shown))


@requirement("RFC7643-3-07", "RFC7643-3.3-05", level="cosmetic")
@for_each_resource_type
def test_top_level_holds_core_attributes_and_extensions(scim: Session, type_name: str) -> None:
    """Each key is a common attribute, one of the base schema, or the URN of an extension with an object."""
    if type_name is None:
        raise NotOffered("a resource type")
    known = definitions_of(scim.target, type_name)
    if known.core not in scim.target.schemas:
        raise NotOffered(known.core)
    for key, value in scim.read(scim.new(type_name, **full_body(scim, type_name))).items():
        if known.urn(key) in known.extensions:
            expect.equal(isinstance(value, dict), True, f"that {key} is an object")
        elif key.lower() not in COMMON and named(known.core_attributes, key) is None:
            raise Finding(f"{key} is at the top level, and no schema has it", "nothing undeclared", repr(value)[:160])


@requirement("RFC7643-3-08", "RFC7643-3.3-05", "RFC7643-3.3-02", level="lie", consequence="Department never arrives.")
def test_extension_values_live_under_the_urn(scim: Session) -> None:
    """A department comes back in the enterprise extension's object alone, and its URN is in schemas."""
    read = accepted(scim, **enterprise(scim, department="Check"))
    expect.equal(in_extension(read).get("department"), "Check", "department")
    expect.equal(ENTERPRISE_URN in read["schemas"], True, "the extension's URN in schemas")
    expect.lacks(read, "department")


@requirement("RFC7643-3.3-03", level="cosmetic")
def test_extensions_redefine_no_core_attribute(scim: Session) -> None:
    """No extension has an attribute with the name of one of the core schema."""
    for name in scim.target.type_names():
        attributes = [attribute for attribute in scim.target.attributes(name) if attribute.parent is None]
        core = {attribute.name.lower() for attribute in attributes if attribute.is_core} | COMMON
        twice = [str(item) for item in attributes if not item.is_core and item.name.lower() in core]
        expect.equal(twice, [], "attributes of extensions that bear a core attribute's name")


@requirement("RFC7643-3.3-07")
@pytest.mark.parametrize("container", [{}, {ENTERPRISE_URN: {}}], ids=["no object", "an empty object"])
def test_schemas_may_name_an_extension_without_data(scim: Session, container: dict[str, Any]) -> None:
    """An extension's URN in schemas says that data may follow, not that it does."""
    enterprise(scim)
    body = {**scim.user_body(), **container, "schemas": [USER_URN, ENTERPRISE_URN]}
    expect.status(scim.post(scim.users, body), 201)


@requirement("RFC7643-4.1-01", "RFC7643-4.2-01", consequence="No client finds users or groups.")
@pytest.mark.parametrize(("type_name", "urn"), [("User", USER_URN), ("Group", GROUP_URN)], ids=["User", "Group"])
def test_users_and_groups_have_the_schemas_of_the_rfc(scim: Session, type_name: str, urn: str) -> None:
    """The resource types User and Group name the RFC's URNs, and so do their resources."""
    rtype: dict[str, Any] = next((t for t in scim.target.resource_types if t.get("name") == type_name), {"schema": urn})
    expect.equal(rtype.get("schema"), urn, f"the schema of {type_name}")
    expect.equal(urn in (scim.read(scim.new(type_name)).get("schemas") or ()), True, f"{urn} in schemas")
