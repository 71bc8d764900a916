"""Defects of id and externalId, and of the answer to a create (RFC 7643 section 3.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks
from conformance.defects.operations import without as without_operations
from conformance.defects.replies import body_of, is_of_users, sent, shown, with_values, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "id-is-a-number-after-patch",
    source="limosa-io/laravel-scim-server#40",
    breaks="id is a number in the answer to a PATCH",
    killed_by="test_server_assigns_an_id test_values_have_the_json_type_of_their_schema",
)
def id_is_a_number_after_patch(request: Request, server: Server) -> Reply:
    return with_values(request, server, method="PATCH", id=lambda held: int(str(held)[:8], 16))


@defect(
    "id-can-be-excluded",
    source="RFC7643-3.1-10",
    breaks="excludedAttributes=id leaves the id out",
    killed_by="test_id_is_in_every_projection",
)
def id_can_be_excluded(request: Request, server: Server) -> Reply:
    excluded = request.parameters.get("excludedAttributes") == "id"
    return shown(request, server, lambda item: without(item, "id")) if excluded else server(request)


@defect(
    "id-of-the-client-taken",
    source="RFC7643-3.1-08",
    breaks="an id in a create becomes the resource's",
    killed_by="test_id_of_a_client_is_ignored_on_create",
)
def id_of_the_client_taken(request: Request, server: Server) -> Reply:
    own = body_of(request, "POST").get("id")
    return with_values(request, server, id=lambda _: own) if own else server(request)


@defect(
    "id-the-same-for-all",
    source="goauthentik/authentik#15533",
    breaks="two new resources are told the same id",
    killed_by="test_ids_are_distinct",
)
def id_the_same_for_all(request: Request, server: Server) -> Reply:
    return with_values(request, server, method="POST", id=lambda _: "1")


@defect(
    "ids-of-two-types-alike",
    source="goauthentik/authentik#15533",
    breaks="users and groups are numbered each from 1 in lists",
    killed_by="test_ids_are_distinct",
)
def ids_of_two_types_alike(request: Request, server: Server) -> Reply:
    reply = server(request)
    body = reply.json
    if request.method != "GET" or request.path not in ("/Users", "/Groups") or not body.get("Resources"):
        return reply
    numbered = [{**item, "id": str(number)} for number, item in enumerate(body["Resources"])]
    return reply.with_json({**body, "Resources": numbered})


@defect(
    "id-given-again",
    source="RFC7643-3.1-06",
    breaks="the id of a deleted resource goes to the next one",
    killed_by="test_id_is_stable_and_never_given_again",
)
def id_given_again(request: Request, server: Server) -> Reply:
    if request.is_("DELETE", "/Users/*"):
        server.memory["gone"] = request.path.rpartition("/")[2]
    gone = server.memory.get("gone")
    return with_values(request, server, method="POST", id=lambda _: gone) if gone else server(request)


@defect(
    "id-changed-by-patch",
    source="RFC7643-3.1-10",
    breaks="a PATCH of id is carried out",
    killed_by="test_id_is_stable_and_never_given_again",
)
def id_changed_by_patch(request: Request, server: Server) -> Reply:
    for operation in request.operations:
        if operation.get("path") == "id":
            server.memory[request.path] = operation.get("value")
            return server(Request("GET", request.path, "", request.headers))
    other = server.memory.get(request.path)
    return with_values(request, server, id=lambda _: other) if other else server(request)


@defect(
    "filter-on-id-ignores-case",
    source="RFC7643-3.1-10",
    breaks="a filter finds a resource by its id in capitals",
    killed_by="test_id_is_compared_with_case",
)
def filter_on_id_ignores_case(request: Request, server: Server) -> Reply:
    if asks(request, "id eq") and request.filter.startswith("id eq"):
        return server(request.with_parameters(filter=request.filter.lower()))
    return server(request)


# ── externalId ──


@defect(
    "external-id-stored-nowhere",
    source="langwatch/langwatch#6974; databricks/terraform-provider-databricks#1676",
    breaks="externalId of a create is stored nowhere",
    killed_by="test_external_id_keeps_its_case test_common_attributes_belong_to_every_type"
    " test_external_id_need_not_be_unique",
)
def external_id_stored_nowhere(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: without(body, "externalId"), "POST")


@defect(
    "external-id-dropped-for-groups",
    source="langwatch/langwatch#6974",
    breaks="users keep their externalId, groups do not",
    killed_by="test_common_attributes_belong_to_every_type",
)
def external_id_dropped_for_groups(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: without(body, "externalId"), "POST", "/Groups")


@defect(
    "external-id-invented",
    source="RFC7643-3.1-12",
    breaks="who comes without externalId is given the id for it",
    killed_by="test_server_invents_no_external_id",
)
def external_id_invented(request: Request, server: Server) -> Reply:
    return shown(request, server, lambda item: {"externalId": item.get("id"), **item})


@defect(
    "external-id-unique",
    source="RFC7643-3.1-14",
    breaks="a second user with the same externalId is a conflict",
    killed_by="test_external_id_need_not_be_unique",
    verdict="WARN",
)
def external_id_unique(request: Request, server: Server) -> Reply:
    own = body_of(request, "POST", "/Users").get("externalId")
    known = server.memory.setdefault("known", set())
    if own and own in known:
        return Reply.error(409, "uniqueness")
    known.add(own)
    return server(request)


@defect(
    "external-id-in-small-letters",
    source="RFC7643-3.1-15",
    breaks="externalId is stored in small letters",
    killed_by="test_external_id_keeps_its_case test_external_id_is_compared_with_case",
)
def external_id_in_small_letters(request: Request, server: Server) -> Reply:
    return sent(
        request,
        server,
        lambda body: {**body, "externalId": str(body["externalId"]).lower()} if "externalId" in body else body,
    )


@defect(
    "filter-on-external-id-ignores-case",
    source="RFC7643-3.1-15",
    breaks="a filter on externalId ignores case",
    killed_by="test_external_id_is_compared_with_case",
)
def filter_on_external_id_ignores_case(request: Request, server: Server) -> Reply:
    if own := body_of(request, "POST").get("externalId"):
        server.memory[own.lower()] = own
    if asks(request, "externalId eq"):
        asked = request.filter.partition('"')[2].rstrip('"')
        return server(request.with_parameters(filter=f'externalId eq "{server.memory.get(asked.lower(), asked)}"'))
    return server(request)


@defect(
    "external-id-set-once",
    source="RFC7643-3.1-15",
    breaks="externalId never changes after the create, and nobody is told",
    killed_by="test_external_id_can_be_changed",
)
def external_id_set_once(request: Request, server: Server) -> Reply:
    if request.method == "PATCH":
        lost = [operation for operation in request.operations if operation.get("path") == "externalId"]
        return without_operations(request, server, lost)
    held: Any = server.get(request.path, request) if request.method == "PUT" else {}
    return sent(request, server, lambda body: {**body, "externalId": (held or {}).get("externalId")}, "PUT")


# ── the answer to a create ──


@defect(
    "create-answered-with-nothing",
    source="Okta's SCIM reference; goauthentik/authentik, its client for users",
    breaks="a create is answered 201 without body and Location",
    killed_by="test_create_gets_id_and_meta_from_the_server",
)
def create_answered_with_nothing(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not is_of_users(request) or request.method != "POST" or reply.status != 201:
        return reply
    return replace(reply, body=b"").with_header("location", None).with_header("content-type", None)


@defect(
    "create-response-without-meta",
    source="RFC7643-3.1-02",
    breaks="the answer to a create has an id and no meta",
    killed_by="test_create_gets_id_and_meta_from_the_server",
)
def create_response_without_meta(request: Request, server: Server) -> Reply:
    return shown(request, server, lambda item: without(item, "meta"), method="POST")


@defect(
    "put-answers-with-a-list",
    source="RFC7643-2.1-02",
    breaks="the answer to a PUT is an array with the resource",
    killed_by="test_every_answer_is_one_json_object",
)
def put_answers_with_a_list(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json([reply.json]) if request.method == "PUT" and reply.ok else reply
