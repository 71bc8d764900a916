"""Defects of what /Schemas and /ResourceTypes declare about values (RFC 7643 sections 1 to 4 and 10)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.replies import ENTERPRISE, GROUP, USER, Resource, declared, document, without
from conformance.defects.wire import Reply, Request, Server

RULES = {"multiValued": False, "mutability": "readWrite", "returned": "default", "uniqueness": "none"}


@defect(
    "declarations-in-quotation-marks",
    source="RFC7643-1.1-01",
    breaks='returned is "\\"default\\"", with the quotes of the RFC\'s text',
    killed_by="test_values_carry_no_quotation_marks",
)
def declarations_in_quotation_marks(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "title", lambda held: {**held, "returned": '"default"'})


@defect(
    "simple-attribute-declared-with-parts",
    source="RFC7643-1.2-01",
    breaks="a string has subAttributes",
    killed_by="test_simple_attributes_have_no_parts",
)
def simple_attribute_declared_with_parts(request: Request, server: Server) -> Reply:
    part = {"name": "value", "type": "string", **RULES}
    return declared(request, server, USER, "title", lambda held: {**held, "subAttributes": [part]})


@defect(
    "schema-of-a-type-not-published",
    source="RFC7643-3.2-01",
    breaks="/Schemas lacks the schema of groups",
    killed_by="test_schemas_are_offered_or_said_to_be_absent",
)
def schema_of_a_type_not_published(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.path != "/Schemas" or not reply.ok:
        return reply
    return reply.with_json({**reply.json, "Resources": [s for s in reply.json["Resources"] if s["id"] != GROUP]})


@defect(
    "configuration-without-schemas",
    source="RFC7643-2.1-03",
    breaks="ServiceProviderConfig has no schemas",
    killed_by="test_every_resource_names_its_schemas",
)
def configuration_without_schemas(request: Request, server: Server) -> Reply:
    return document(request, server, "/ServiceProviderConfig", lambda held: without(held, "schemas"))


@defect(
    "attribute-named-with-a-blank",
    source="RFC7643-2.1-04",
    breaks="an attribute is called nick name",
    killed_by="test_attribute_names_have_the_form_of_names",
)
def attribute_named_with_a_blank(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "nickName", lambda held: {**held, "name": "nick name"})


@defect(
    "characteristics-left-out",
    source="RFC7643-2.2-01",
    breaks="/Schemas does not say that a password is writeOnly and never returned, so the defaults count",
    killed_by="test_missing_characteristics_have_the_defaults test_password_is_write_only_by_the_schema",
)
def characteristics_left_out(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "password", lambda held: without(held, "mutability", "returned"))


@defect(
    "type-of-ones-own",
    source="RFC7643-2.3-01",
    breaks="an attribute of an extension is a duration",
    killed_by="test_extensions_bring_no_types_of_their_own",
    verdict="WARN",
)
def type_of_ones_own(request: Request, server: Server) -> Reply:
    return declared(request, server, ENTERPRISE, "costCenter", lambda held: {**held, "type": "duration"})


@defect(
    "complex-within-complex",
    source="RFC7643-2.3.8-02",
    breaks="name.givenName is declared complex",
    killed_by="test_complex_attributes_of_resources_do_not_nest",
)
def complex_within_complex(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "name.givenName", lambda held: {**held, "type": "complex"})


@defect(
    "reference-to-nothing-declared",
    source="RFC7643-2.3.7-07",
    breaks="a reference has no referenceTypes",
    killed_by="test_references_say_what_they_point_at",
)
def reference_to_nothing_declared(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "photos.value", lambda held: without(held, "referenceTypes"))


@defect(
    "primary-declared-as-text",
    source="RFC7643-2.4-02",
    breaks="emails.primary is declared a string",
    killed_by="test_predefined_parts_keep_their_types test_values_have_the_json_type_of_their_schema",
)
def primary_declared_as_text(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "emails.primary", lambda held: {**held, "type": "string"})


@defect(
    "display-declared-immutable",
    source="RFC7643-2.4-05",
    breaks="/Schemas says that emails.display is immutable, and a PATCH changes it",
    killed_by="test_immutable_display_stays",
)
def display_declared_immutable(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "emails.display", lambda held: {**held, "mutability": "immutable"})


@defect(
    "canonical-values-listed-twice",
    source="RFC7643-2.4-11",
    breaks="canonicalValues of phoneNumbers.type has each value twice",
    killed_by="test_canonical_values_are_distinct_texts",
    verdict="WARN",
)
def canonical_values_listed_twice(request: Request, server: Server) -> Reply:
    def doubled(held: Resource) -> Resource:
        return {**held, "canonicalValues": held["canonicalValues"] * 2}

    return declared(request, server, USER, "phoneNumbers.type", doubled)


@defect(
    "id-declared-writable",
    source="RFC7643-3.1-03",
    breaks="the User schema lists id as readWrite",
    killed_by="test_common_attributes_are_declared_as_the_rfc_has_them",
)
def id_declared_writable(request: Request, server: Server) -> Reply:
    def listed(held: Resource) -> Resource:
        own = {"name": "id", "type": "string", "required": True, "caseExact": True, **RULES}
        return {**held, "attributes": [own, *held["attributes"]]} if held.get("id") == USER else held

    return document(request, server, "/Schemas", listed)


@defect(
    "extension-redefines-title",
    source="RFC7643-3.3-03",
    breaks="the enterprise extension has a title of its own",
    killed_by="test_extensions_redefine_no_core_attribute",
    verdict="WARN",
)
def extension_redefines_title(request: Request, server: Server) -> Reply:
    def listed(held: Resource) -> Resource:
        own = {"name": "title", "type": "string", "required": False, "caseExact": False, **RULES}
        return {**held, "attributes": [*held["attributes"], own]} if held.get("id") == ENTERPRISE else held

    return document(request, server, "/Schemas", listed)


@defect(
    "group-schema-of-ones-own",
    source="RFC7643-4.2-01",
    breaks="the resource type Group has a schema that is not the RFC's",
    killed_by="test_users_and_groups_have_the_schemas_of_the_rfc",
)
def group_schema_of_ones_own(request: Request, server: Server) -> Reply:
    def renamed(held: Resource) -> Resource:
        return {**held, "schema": "urn:example:schemas:Team"} if held.get("name") == "Group" else held

    return document(request, server, "/ResourceTypes", renamed)


@defect(
    "user-name-declared-optional",
    source="RFC7643-4.1.1-25",
    breaks="userName.required is false",
    killed_by="test_user_name_is_required_by_the_schema",
)
def user_name_declared_optional(request: Request, server: Server) -> Reply:
    return declared(request, server, USER, "userName", lambda held: {**held, "required": False})


@defect(
    "schema-in-the-reserved-tree",
    source="RFC7643-10.3-01",
    breaks="a schema of one's own is called urn:ietf:params:scim:schemas:core:2.0:Robot",
    killed_by="test_schemas_of_ones_own_stay_out_of_the_reserved_tree",
    verdict="NOTE",
)
def schema_in_the_reserved_tree(request: Request, server: Server) -> Reply:
    def renamed(held: Resource) -> Resource:
        return {**held, "id": GROUP.replace("Group", "Robot")} if held.get("id") == GROUP else held

    return document(request, server, "/Schemas", renamed)


@defect(
    "schema-without-a-urn",
    source="RFC7643-10.3-01",
    breaks="the id of a schema is a plain word",
    killed_by="test_schemas_of_ones_own_stay_out_of_the_reserved_tree",
)
def schema_without_a_urn(request: Request, server: Server) -> Reply:
    return document(
        request, server, "/Schemas", lambda held: {**held, "id": "group"} if held.get("id") == GROUP else held
    )
