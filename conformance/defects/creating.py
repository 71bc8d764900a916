"""Defects of creations: conflicts, states and identifiers that get lost, as real servers have them."""

from __future__ import annotations

import threading
from typing import Any

from conformance.defects.catalogue import defect
from conformance.defects.wire import Reply, Request, Server

CONFLICT = "test_duplicate_is_409_uniqueness test_taken_user_name_is_uniqueness"


def creates(request: Request) -> bool:
    """Whether it is a create of a user with a body that can be read."""
    return request.is_("POST", "/Users") and isinstance(request.json, dict)


def sent_otherwise(request: Request, server: Server, **changes: Any) -> Reply:
    """The create with other attributes; None takes one away."""
    body = {**request.json, **changes}
    return server(request.with_json({name: value for name, value in body.items() if value is not None}))


@defect(
    "create-duplicate-not-409",
    source="FusionAuth/fusionauth-issues#1776, #3149; imulab/go-scim#65; goauthentik/authentik#12547",
    breaks="a create of a userName that is taken is answered 400",
    killed_by=CONFLICT + " test_user_names_are_unique test_creates_at_the_same_time_make_one",
)
def create_duplicate_not_409(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(400, "uniqueness") if request.method == "POST" and reply.status == 409 else reply


@defect(
    "create-duplicate-500",
    source="lightdash/lightdash#12612; GluuFederation/oxTrust#401; wso2/product-is#25252",
    breaks="the database's complaint about its unique index is answered 500",
    killed_by=CONFLICT + " test_creates_at_the_same_time_make_one test_errors_are_in_scim_form",
)
def create_duplicate_500(request: Request, server: Server) -> Reply:
    reply = server(request)
    if reply.status != 409:
        return reply
    return Reply.of(500, {"error": 'duplicate key value violates unique constraint "users_user_name_key"'})


@defect(
    "conflict-without-scimtype",
    source="getsentry/sentry#117860; ory/polis PR 4067",
    breaks="the 409 of a create lacks its scimType",
    killed_by=CONFLICT,
)
def conflict_without_scimtype(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.error(409) if reply.status == 409 else reply


@defect(
    "create-duplicate-case-variant",
    source="langfuse/langfuse#13528; open-webui/open-webui#18039",
    breaks="the same userName in another case makes a second user",
    killed_by="test_duplicate_is_409_uniqueness test_user_names_are_unique_without_case",
)
def create_duplicate_case_variant(request: Request, server: Server) -> Reply:
    reply = server(request)
    known: set[str] = server.memory.setdefault("names", set())
    name = str((request.json or {}).get("userName")) if creates(request) else ""
    if reply.status == 409 and name and name not in known:
        return sent_otherwise(request, server, userName=f"{name}.2")
    known.add(name)
    return reply


@defect(
    "create-unique-by-email-not-username",
    source="ory/polis PR 4065-4067",
    breaks="a create with an e-mail that another user has is a conflict",
    killed_by="test_shared_address_is_no_conflict",
)
def create_unique_by_email_not_username(request: Request, server: Server) -> Reply:
    if creates(request):
        for email in request.json.get("emails") or ():
            if server.memory.setdefault(str(email), request) is not request:
                return Reply.error(409, "uniqueness", "email")
    return server(request)


@defect(
    "create-active-false-ignored",
    source="getprobo/probo#711; limosa-io/laravel-scim-server#57",
    breaks="a user that is created with active=false is active",
    killed_by="test_user_can_be_created_inactive",
)
def create_active_false_ignored(request: Request, server: Server) -> Reply:
    return sent_otherwise(request, server, active=True) if creates(request) else server(request)


@defect(
    "create-active-missing-means-inactive",
    source="GluuFederation/SCIM-Client#63; valon-technologies/gestalt#3167",
    breaks="a user that is created without active is inactive",
    killed_by="test_omitted_attributes_are_absent_or_defaulted",
    verdict="WARN",
)
def create_active_missing_means_inactive(request: Request, server: Server) -> Reply:
    if creates(request) and "active" not in request.json:
        return sent_otherwise(request, server, active=False)
    return server(request)


@defect(
    "create-external-id-dropped",
    source="langwatch/langwatch#6974; databricks/terraform-provider-databricks#1676",
    breaks="externalId in a create is not stored",
    killed_by="test_external_id_keeps_its_case",
)
def create_external_id_dropped(request: Request, server: Server) -> Reply:
    return sent_otherwise(request, server, externalId=None) if creates(request) else server(request)


@defect(
    "create-unknown-schema-urn-rejected",
    source="goauthentik/authentik#11249; imulab/go-scim#57; GluuFederation/oxAuth#372",
    breaks="a URN in schemas that is not known ends in a stack trace",
    killed_by="test_unknown_schemas_do_no_harm",
)
def create_unknown_schema_urn_rejected(request: Request, server: Server) -> Reply:
    if creates(request) and not all(":ietf:" in str(urn) for urn in request.json.get("schemas") or [""]):
        return Reply(500, {"content-type": "text/plain"}, b"KeyError: schemas")
    return server(request)


@defect(
    "create-response-without-id-or-body",
    source="Okta SCIM reference; goauthentik/authentik users client",
    breaks="the answer to a create lacks the id",
    killed_by="test_create_answers_201_with_the_resource",
)
def create_response_without_id_or_body(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not creates(request) or not reply.ok:
        return reply
    return reply.with_json({name: value for name, value in reply.json.items() if name != "id"})


@defect(
    "create-answers-200",
    source="RFC7644-3.3-07; interop-bugs create-response-without-id-or-body",
    breaks="a create is answered 200 instead of 201",
    killed_by="test_create_answers_201_with_the_resource",
)
def create_answers_200(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_status(200) if reply.status == 201 else reply


@defect(
    "create-upsert-200-on-duplicate",
    source="Metatavu/keycloak-scim-server#114; kobotoolbox/kpi#7076; coder/coder#8916",
    breaks="a create of an existing user overwrites it and answers 200",
    killed_by=CONFLICT,
)
def create_upsert_200_on_duplicate(request: Request, server: Server) -> Reply:
    reply = server(request)
    known = server.memory.setdefault("ids", {})
    if reply.status == 201 and creates(request):
        known[request.json.get("userName")] = f"/Users/{reply.json['id']}"
    if reply.status == 409 and creates(request) and request.json.get("userName") in known:
        return server.send("PUT", known[request.json["userName"]], request.json, request)
    return reply


@defect(
    "create-username-differs-from-read",
    source="Infisical/infisical#5947",
    breaks="the answer to a create shows the e-mail address as userName",
    killed_by="test_user_name_is_the_same_everywhere",
)
def create_username_differs_from_read(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not creates(request) or not reply.ok or not reply.json.get("emails"):
        return reply
    return reply.with_json({**reply.json, "userName": reply.json["emails"][0]["value"]})


@defect(
    "create-pending-invite-inactive",
    source="kortix-ai/suna#4244",
    breaks="a user who has not accepted the invitation yet is shown as inactive",
    killed_by="test_new_user_is_active_and_found_at_once",
)
def create_pending_invite_inactive(request: Request, server: Server) -> Reply:
    reply = server(request)
    return reply.with_json({**reply.json, "active": False}) if creates(request) and reply.ok else reply


@defect(
    "create-takes-the-id-of-the-client",
    source="msaad00/agent-bom#3540; vouch-sh/vouch#1415; interop-bugs put-creates-resource",
    breaks="a create with the id of an existing user overwrites that user",
    killed_by="test_read_only_attributes_are_ignored_on_create",
)
def create_takes_the_id_of_the_client(request: Request, server: Server) -> Reply:
    path = f"/Users/{request.json.get('id')}" if creates(request) else ""
    if not path or server.get(path, request) is None:
        return server(request)
    return server.send("PUT", path, request.json, request).with_status(201)


@defect(
    "create-takes-meta-of-the-client",
    source="RFC7644-3.3-02",
    breaks="meta in a create is stored as it is sent",
    killed_by="test_resource_type_is_that_of_the_endpoint test_read_only_attributes_are_ignored_on_create",
)
def create_takes_meta_of_the_client(request: Request, server: Server) -> Reply:
    reply = server(request)
    sent = request.json.get("meta") if isinstance(request.json, dict) and request.method == "POST" else None
    if isinstance(sent, dict) and reply.status == 201:
        server.memory[reply.json["id"]] = sent
    return reply.each_resource(lambda r: {**r, "meta": {**r.get("meta", {}), **server.memory.get(r["id"], {})}})


@defect(
    "external-id-resolved-as-internal-id",
    source="CVE-2025-41115 (Grafana Enterprise)",
    breaks="externalId is looked up as an internal id: the create takes over that account",
    killed_by="test_external_id_is_no_key_to_somebody_else",
)
def external_id_resolved_as_internal_id(request: Request, server: Server) -> Reply:
    path = f"/Users/{request.json.get('externalId')}" if creates(request) else ""
    if not path or server.get(path, request) is None:
        return server(request)
    return server.send("PUT", path, request.json, request).with_status(201)


@defect(
    "create-race-500-or-double",
    source="gravitee-io/gravitee-access-management PR 8290",
    breaks="two creates of one user at the same time both find the name free: two users",
    killed_by="test_creates_at_the_same_time_make_one",
)
def create_race_500_or_double(request: Request, server: Server) -> Reply:
    met: threading.Condition = server.memory.setdefault("met", threading.Condition())
    if not creates(request):
        return server(request)
    name = str(request.json.get("userName"))
    with met:
        number = server.memory[name] = server.memory.get(name, 0) + 1
        met.notify_all()
        met.wait_for(lambda: server.memory[name] > 1, timeout=1)  # both have looked before either writes
    if number != 2:
        return server(request)
    return sent_otherwise(request, server, userName=f"{name}.2").each_resource(lambda r: {**r, "userName": name})


@defect(
    "create-group-without-its-members",
    source="RFC7644-3.3-01",
    breaks="members in the create of a group are not stored",
    killed_by="test_group_is_created",
    verdict="WARN",
)
def create_group_without_its_members(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Groups") and isinstance(request.json, dict):
        return sent_otherwise(request, server, members=None)
    return server(request)


@defect(
    "create-answers-with-more-than-it-stored",
    source="RFC7644-3.1-09; Infisical/infisical#5947",
    breaks="displayName is in the answer to a create and in no later read",
    killed_by="test_what_was_created_is_what_is_read test_plain_get_shows_what_is_returned_by_default",
)
def create_answers_with_more_than_it_stored(request: Request, server: Server) -> Reply:
    reply = server(request)
    if not request.is_("GET", "/Users/*"):
        return reply
    return reply.each_resource(lambda r: {name: value for name, value in r.items() if name != "displayName"})
