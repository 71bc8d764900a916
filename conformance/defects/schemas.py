"""Defects of what /Schemas says (RFC 7643 section 7), as real servers have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Json = dict[str, Any]


def of_schemas(reply: Reply, request: Request, change: Callable[[Json], Json]) -> Reply:
    """Every published schema changed, in the list and alone."""
    return reply.each_resource(change) if request.is_("GET", "/Schemas*") else reply


def redeclared(request: Request, server: Server, urn: str, path: str, **changes: Any) -> Reply:
    """/Schemas with other characteristics of one attribute (`name.givenName`); None takes one away."""

    def of_schema(schema: Json) -> Json:
        return {**schema, "attributes": _at(schema["attributes"], path, changes)} if schema["id"] == urn else schema

    return of_schemas(server(request), request, of_schema)


def _at(definitions: list[Json], path: str, changes: Json) -> list[Json]:
    name, _, rest = path.partition(".")
    changed = []
    for held in definitions:
        if held["name"] == name and rest:
            held = {**held, "subAttributes": _at(held["subAttributes"], rest, changes)}
        elif held["name"] == name:
            held = {key: value for key, value in {**held, **changes}.items() if value is not None}
        changed.append(held)
    return changed


@defect(
    "schema-urn-is-not-published",
    source="RFC7643-7-01",
    breaks="resources list a schema that /Schemas does not have",
    killed_by="test_schemas_of_a_resource_are_published",
)
def schema_urn_is_not_published(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.is_("GET", "/Users/*"):
        return reply.each_resource(lambda held: {**held, "schemas": [*held["schemas"], "urn:example:custom:1.0:User"]})
    return reply


@defect(
    "schemas-without-schemas",
    source="erratum 8417",
    breaks="schemas have no schemas attribute, as in the printed examples",
    killed_by="test_schemas_say_that_they_are_schemas",
)
def schemas_without_schemas(request: Request, server: Server) -> Reply:
    return of_schemas(server(request), request, lambda held: {k: v for k, v in held.items() if k != "schemas"})


@defect(
    "schema-id-is-a-name",
    source="RFC7643-7-04",
    breaks="the id of a schema is its name",
    killed_by="test_schemas_are_found_by_their_urn",
)
def schema_id_is_a_name(request: Request, server: Server) -> Reply:
    return of_schemas(server(request), request, lambda held: {**held, "id": held["name"]})


@defect(
    "schema-name-is-empty",
    source="RFC7643-7-05",
    breaks="name is empty and description null",
    killed_by="test_names_and_descriptions_are_texts",
)
def schema_name_is_empty(request: Request, server: Server) -> Reply:
    return of_schemas(server(request), request, lambda held: {**held, "name": "", "description": None})


@defect(
    "schema-lists-an-attribute-twice",
    source="RFC7643-7-07",
    breaks="an attribute is listed twice, in different case",
    killed_by="test_schemas_list_each_attribute_once",
)
def schema_lists_an_attribute_twice(request: Request, server: Server) -> Reply:
    def doubled(held: Json) -> Json:
        first = held["attributes"][0]
        return {**held, "attributes": [*held["attributes"], {**first, "name": first["name"].upper()}]}

    return of_schemas(server(request), request, doubled)


@defect(
    "schema-type-in-lower-case",
    source="RFC7643-7-08",
    breaks="types are spelt datetime and Boolean",
    killed_by="test_types_are_of_the_vocabulary",
)
def schema_type_in_lower_case(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "active", type="Boolean")


@defect(
    "schema-complex-without-parts",
    source="RFC7643-7-09",
    breaks="name is complex and lists no sub-attributes",
    killed_by="test_complex_attributes_list_their_parts",
    verdict="WARN",
)
def schema_complex_without_parts(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "name", subAttributes=None)


@defect(
    "schema-without-multi-valued",
    source="RFC7643-7-11",
    breaks="multiValued is left out where it is false",
    killed_by="test_attributes_have_name_type_and_plurality",
)
def schema_without_multi_valued(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "userName", multiValued=None)


@defect(
    "schema-words-in-lower-case",
    source="RFC7643-7-20",
    breaks="mutability is readwrite, returned is Default, uniqueness is Server",
    killed_by="test_characteristics_are_of_the_vocabulary",
)
def schema_words_in_lower_case(request: Request, server: Server) -> Reply:
    words = {"mutability": "readwrite", "returned": "Default", "uniqueness": "Server"}
    return redeclared(request, server, USER, "userName", **words)


@defect(
    "schema-characteristics-as-text",
    source="RFC7643-7-16",
    breaks="required and caseExact are texts, canonicalValues one text",
    killed_by="test_characteristics_have_their_form",
)
def schema_characteristics_as_text(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "title", required="false", caseExact="false", canonicalValues="Dr")


@defect(
    "schema-reference-types-name-nothing",
    source="RFC7643-7-36",
    breaks="referenceTypes names a class of the server's code",
    killed_by="test_reference_types_are_names_that_mean_something",
)
def schema_reference_types_name_nothing(request: Request, server: Server) -> Reply:
    return redeclared(request, server, ENTERPRISE, "manager.$ref", referenceTypes=["AppUserEntity"])


@defect(
    "schema-nests-complex-attributes",
    source="erratum 8415",
    breaks="a sub-attribute is complex",
    killed_by="test_no_sub_attribute_is_complex",
)
def schema_nests_complex_attributes(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "name.familyName", type="complex", subAttributes=[{"name": "prefix"}])


@defect(
    "schema-complex-attribute-is-unique",
    source="erratum 6004",
    breaks="emails as a whole is declared unique",
    killed_by="test_complex_attributes_are_not_unique",
    verdict="WARN",
)
def schema_complex_attribute_is_unique(request: Request, server: Server) -> Reply:
    return redeclared(request, server, USER, "emails", uniqueness="server")
