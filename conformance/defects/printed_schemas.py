"""Defects of what /Schemas says beside the RFC's printed schemas (RFC 7643 section 8.7), as real servers have them."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.schemas import ENTERPRISE, USER, redeclared
from conformance.defects.wire import Reply, Request, Server

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


@defect(
    "schemas-type-wrong",
    source="limosa-io/laravel-scim-server#114, #57; wso2/charon#93, PR 94",
    breaks="/Schemas declares active as string, and the answers hold a boolean",
    killed_by="test_simple_attributes_of_a_user_are_declared_as_printed",
)
def schemas_type_wrong(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "active", type="string")


@defect(
    "schema-name-is-a-text",
    source="RFC7643-8.7.1-05",
    breaks="name.familyName is declared as a list",
    killed_by="test_name_is_declared_as_printed",
)
def schema_name_is_a_text(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "name.familyName", multiValued=True)


@defect(
    "schema-emails-is-single",
    source="RFC7643-8.7.1-20",
    breaks="emails is declared single",
    killed_by="test_lists_of_a_user_are_declared_as_printed",
)
def schema_emails_is_single(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "emails", multiValued=False)


@defect(
    "schema-member-ids-are-integers",
    source="RFC7643-8.7.1-34",
    breaks="members.value is declared as integer",
    killed_by="test_groups_are_declared_as_printed",
)
def schema_member_ids_are_integers(request: Request, server: Server) -> Reply:
    return redeclared(request, server, GROUP, "members.value", type="integer")


@defect(
    "schema-manager-is-a-text",
    source="RFC7643-8.7.1-42",
    breaks="manager is declared as a text",
    killed_by="test_enterprise_extension_is_declared_as_printed",
)
def schema_manager_is_a_text(request: Request, server: Server) -> Reply:
    return redeclared(request, server, ENTERPRISE, "manager", type="string")


@defect(
    "schema-without-user-name",
    source="RFC7643-8.7.1-01",
    breaks="the User schema calls userName loginId",
    killed_by="test_schemas_may_leave_attributes_out",
    verdict="WARN",
)
def schema_without_user_name(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "userName", name="loginId")


@defect(
    "schema-user-name-is-not-unique",
    source="RFC7643-8.7.1-02",
    breaks="userName is declared optional and not unique",
    killed_by="test_user_name_is_declared_required_and_unique",
    verdict="WARN",
)
def schema_user_name_is_not_unique(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "userName", required=False, uniqueness="none")


@defect(
    "schema-password-is-read-write",
    source="RFC7643-8.7.1-19",
    breaks="password is declared readWrite and returned by default",
    killed_by="test_password_is_declared_write_only_and_never_returned",
)
def schema_password_is_read_write(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "password", mutability="readWrite", returned="default")


@defect(
    "schema-groups-is-read-write",
    source="RFC7643-8.7.1-26",
    breaks="groups of a user is declared readWrite",
    killed_by="test_groups_of_a_user_are_declared_read_only",
)
def schema_groups_is_read_write(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "groups", mutability="readWrite")


@defect(
    "schema-group-name-is-optional",
    source="erratum 5368",
    breaks="displayName of a group is declared optional, as printed",
    killed_by="test_display_name_of_a_group_is_declared_required",
    verdict="WARN",
)
def schema_group_name_is_optional(request: Request, server: Server) -> Reply:
    return redeclared(request, server, GROUP, "displayName", required=False)


@defect(
    "schema-groups-refer-to-users",
    source="erratum 8471",
    breaks="groups.$ref refers to users alone",
    killed_by="test_groups_of_a_user_refer_to_groups",
)
def schema_groups_refer_to_users(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "groups.$ref", referenceTypes=["User"])


@defect(
    "filter-manager-finds-nobody",
    source="RFC7643-E8472-01",
    breaks="a filter on manager.value is compared in lower case with ids that are not",
    killed_by="test_manager_is_found_whatever_case_exactness_is_declared",
)
def filter_manager_finds_nobody(request: Request, server: Server) -> Reply:
    if "manager.value eq" in request.filter:
        return server(request.with_parameters(filter='userName eq "nobody"'))
    return server(request)


# ── the schemas of the discovery resources ──


@defect(
    "config-schema-declares-texts",
    source="RFC7643-8.7.2-01",
    breaks="sort.supported is declared as string",
    killed_by="test_features_are_declared_as_printed",
)
def config_schema_declares_texts(request: Request, server: Server) -> Reply:
    return redeclared(request, server, CONFIG, "sort.supported", type="string")


@defect(
    "config-schema-can-be-written",
    source="RFC7643-8.7.2-02",
    breaks="maxOperations is declared readWrite",
    killed_by="test_configuration_is_declared_as_printed",
)
def config_schema_can_be_written(request: Request, server: Server) -> Reply:
    return redeclared(request, server, CONFIG, "bulk.maxOperations", mutability="readWrite")


@defect(
    "type-schema-declares-objects",
    source="RFC7643-8.7.2-08",
    breaks="endpoint of a resource type is declared complex, schemaExtensions a text",
    killed_by="test_resource_type_is_declared_as_printed",
)
def type_schema_declares_objects(request: Request, server: Server) -> Reply:
    return redeclared(request, server, TYPE, "endpoint", type="complex")


@defect(
    "type-schema-extensions-are-texts",
    source="RFC7643-8.7.2-10",
    breaks="schemaExtensions is declared as a text",
    killed_by="test_extensions_are_declared_as_a_list",
)
def type_schema_extensions_are_texts(request: Request, server: Server) -> Reply:
    return redeclared(request, server, TYPE, "schemaExtensions", type="string")


@defect(
    "schema-schema-is-single",
    source="RFC7643-8.7.2-12",
    breaks="attributes of a schema is declared single",
    killed_by="test_schema_is_declared_as_printed",
)
def schema_schema_is_single(request: Request, server: Server) -> Reply:
    return redeclared(request, server, SCHEMA, "attributes", multiValued=False)


@defect(
    "schema-schema-lacks-types",
    source="RFC7643-8.7.2-13",
    breaks="attributes.type lists three types",
    killed_by="test_types_of_attributes_are_declared",
)
def schema_schema_lacks_types(request: Request, server: Server) -> Reply:
    return redeclared(request, server, SCHEMA, "attributes.type", canonicalValues=["string", "boolean", "complex"])


@defect(
    "schema-schema-reference-types-are-single",
    source="erratum 5607",
    breaks="referenceTypes is declared single, as printed",
    killed_by="test_lists_of_texts_are_declared_multi_valued",
)
def schema_schema_reference_types_are_single(request: Request, server: Server) -> Reply:
    return redeclared(request, server, SCHEMA, "attributes.referenceTypes", multiValued=False)


@defect(
    "schema-schema-lists-other-words",
    source="RFC7643-8.7.2-15",
    breaks="attributes.mutability lists words of its own",
    killed_by="test_words_of_characteristics_are_declared",
)
def schema_schema_lists_other_words(request: Request, server: Server) -> Reply:
    return redeclared(request, server, SCHEMA, "attributes.mutability", canonicalValues=["ro", "rw"])
