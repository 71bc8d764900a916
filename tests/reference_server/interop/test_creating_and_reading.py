"""Known bugs of other servers around discovery, tokens, creating and reading: this one does not have them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from tests.support import ENTERPRISE, GROUP, USER, Scim

bug = pytest.mark.bug


@bug("schemas-plain-array", "schemas-type-wrong")
@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes"])
def test_discovery_answers_lists(scim: Scim, path: str) -> None:
    shown = scim.get(path).json
    assert shown["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert shown["totalResults"] == len(shown["Resources"]) > 0


@bug("schemas-type-wrong")
def test_published_types_are_those_of_the_answers(scim: Scim) -> None:
    published = {held["name"]: held for held in scim.get(f"/Schemas/{USER}").json["attributes"]}
    kinds = {"string": str, "boolean": bool, "reference": str, "complex": dict}
    user = scim.user(active=True, emails=[{"value": "a@b.example", "type": "work"}], name={"givenName": "A"})
    for name, value in user.items():
        if name in published:
            shown = value[0] if published[name]["multiValued"] else value
            assert isinstance(value, list) is published[name]["multiValued"], name
            assert isinstance(shown, kinds[published[name]["type"]]), name
    assert published["userName"]["uniqueness"] == "server"
    assert published["active"]["type"] == "boolean"


@bug(
    "discovery-needs-or-lacks-auth",
    "auth-wrong-status-or-body",
    "auth-user-token-accepted",
    "missing-user-agent-blocked",
)
@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Nowhere"])
@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer scim_tok_x scim_tok_y", "token x"]
)
def test_without_the_token_it_is_401_in_scims_form(scim: Scim, path: str, value: str) -> None:
    reply = scim.request("GET", path, headers={"Authorization": value})
    assert (reply.status, reply.json["status"]) == (401, "401")
    assert reply.headers["www-authenticate"].startswith("Bearer")


@bug("auth-wrong-status-or-body")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_scheme_is_case_blind(scim: Scim, scheme: str) -> None:
    assert scim.request("GET", "/Users", headers={"Authorization": f"{scheme} {scim.server.token}"}).status == 200


@bug("auth-token-dies-silently")
def test_rotation_ends_the_old_token_with_a_clear_401(monday: Scim) -> None:
    monday.admin("POST", "/connections/{connection}/rotate")
    assert monday.get("/Users").status == 401


@bug("patch-without-schemas-rejected")
def test_patch_without_schemas_is_accepted_or_rejected_by_mode(scim: Scim, strict: Scim) -> None:
    body = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    assert scim.request("PATCH", f"/Users/{scim.user()['id']}", body).json["active"] is False
    assert strict.request("PATCH", f"/Users/{strict.user()['id']}", body).json["scimType"] == "invalidSyntax"


@bug(
    "create-duplicate-not-409",
    "conflict-without-scimtype",
    "create-upsert-200-on-duplicate",
    "create-duplicate-case-variant",
)
@pytest.mark.parametrize("spelling", [str, str.upper, str.title])
def test_taken_name_is_409_uniqueness(scim: Scim, spelling: Any) -> None:
    name = scim.user()["userName"]
    reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": spelling(name)})
    assert (reply.status, reply.json["status"], reply.json["scimType"]) == (409, "409", "uniqueness")
    assert scim.get(f'/Users?filter=userName+eq+"{name}"').json["totalResults"] == 1


@bug("create-unique-by-email-not-username")
def test_emails_are_not_unique(scim: Scim) -> None:
    mail = [{"value": "shared@example.com", "type": "work"}]
    assert scim.user(emails=mail)["id"] != scim.user(emails=mail)["id"]


@bug("create-active-false-ignored", "create-active-missing-means-inactive", "create-pending-invite-inactive")
@pytest.mark.parametrize(("given", "shown"), [({"active": False}, False), ({"active": True}, True), ({}, None)])
def test_active_is_what_was_said(scim: Scim, given: dict[str, Any], shown: bool | None) -> None:
    user = scim.user(**given)
    assert scim.get(f"/Users/{user['id']}").json.get("active", None) in (shown, shown is not False)
    name = user["userName"]
    inactive = scim.get(f'/Users?filter=active+eq+false+and+userName+eq+"{name}"').json["totalResults"]
    assert inactive == (1 if shown is False else 0)


@bug(
    "create-external-id-dropped",
    "create-username-differs-from-read",
    "create-response-without-id-or-body",
    "read-after-write-stale",
)
def test_answer_of_a_post_is_what_is_read(scim: Scim) -> None:
    body = {"schemas": [USER], "userName": "Ünal.ÖZ+x@Example.com", "externalId": "e-1"}
    reply = scim.request("POST", "/Users", body)
    assert reply.status == 201
    assert reply.headers["location"] == reply.json["meta"]["location"]
    assert scim.get(f"/Users/{reply.json['id']}").json == reply.json
    assert (reply.json["userName"], reply.json["externalId"]) == (body["userName"], "e-1")
    scim.request("DELETE", f"/Users/{reply.json['id']}")


@bug("create-unknown-schema-urn-rejected")
def test_unknown_schema_urns_beside_the_right_one(scim: Scim, strict: Scim) -> None:
    urn = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    body = {"schemas": [GROUP, urn], "displayName": "ADSCIM"}
    assert scim.request("POST", "/Groups", body).status == 201
    refused = strict.request("POST", "/Groups", body)
    assert refused.status == 400
    assert urn in refused.json["detail"]
    missing = scim.request("POST", "/Users", {"schemas": ["urn:scim:schemas:core:2.0"], "userName": "x"})
    assert missing.status == 400
    assert USER in missing.json["detail"]


@bug(
    "create-hits-users-outside-tenant-or-scim", "create-adopts-account-by-email", "external-id-resolved-as-internal-id"
)
@pytest.mark.parametrize("external", ["1", "0", "id"])
def test_external_id_never_leads_to_another_resource(scim: Scim, external: str) -> None:
    other = scim.user()
    made = scim.user(externalId=other["id"] if external == "id" else external)
    assert made["id"] != other["id"]
    assert scim.get(f"/Users/{other['id']}").json == other


@bug("tenant-token-not-scoped", "tenant-conflict-oracle")
def test_tenants_share_neither_ids_nor_names(scim: Scim) -> None:
    tenant = scim.admin("POST", "/tenants", {"name": "Other", "plan": "enterprise", "sso_configured": True}).json
    made = scim.admin("POST", f"/tenants/{tenant['id']}/connections").json
    user = scim.user()
    base = scim.server.base_url.rpartition("/")[0] + "/" + made["id"]
    assert scim.request("GET", f"{base}/Users/{user['id']}", token=made["token"]).status == 404
    assert scim.request("GET", f"{base}/Users", token=scim.server.token).status == 401
    twin = {"schemas": [USER], "userName": user["userName"]}
    assert scim.request("POST", f"{base}/Users", twin, token=made["token"]).status == 201


@bug(
    "id-returned-as-integer",
    "active-returned-as-number-or-text",
    "multivalued-returned-mixed",
    "timestamps-unparseable",
)
def test_types_on_the_wire(scim: Scim) -> None:
    user = scim.user(active="False", emails={"value": "a@b.example", "primary": "True"})
    assert isinstance(user["id"], str)
    assert user["active"] is False
    assert user["emails"] == [{"value": "a@b.example", "primary": True}]
    for name in ("created", "lastModified"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", user["meta"][name])
        assert datetime.fromisoformat(user["meta"][name]).tzinfo


@bug("null-attributes-in-response", "group-members-null-breaks-add", "schemas-extension-missing-in-response")
def test_unassigned_is_absent_and_schemas_tell_what_is_there(scim: Scim) -> None:
    user = scim.user(title=None, emails=[], name={}, **{ENTERPRISE: {"department": "Legal"}})
    assert None not in user.values()
    assert {"title", "emails", "name"} & user.keys() == set()
    assert user["schemas"] == [USER, ENTERPRISE]
    assert "members" not in scim.get(f"/Groups/{scim.group()['id']}").json


@bug("password-or-secret-returned")
def test_password_is_never_shown(scim: Scim) -> None:
    user = scim.user(password="Tr0ub4dor&3")
    path = f"/Users/{user['id']}"
    replies = [scim.get(path), scim.get(f"{path}?attributes=password"), scim.get("/Users?attributes=password")]
    replies.append(scim.patch(path, {"op": "replace", "path": "password", "value": "Tr0ub4dor&3"}))
    replies.append(scim.get('/Users?filter=password+eq+"Tr0ub4dor%263"'))
    assert not any(b"Tr0ub4dor" in reply.body or b'"password":' in reply.body for reply in replies)


@bug("attributes-param-ignored-or-drops-id")
@pytest.mark.parametrize("name", ["userName", "USERNAME", f"{USER}:userName"])
def test_attributes_chooses_and_keeps_what_is_always_shown(scim: Scim, name: str) -> None:
    user = scim.user(title="x")
    assert scim.get(f"/Users/{user['id']}?attributes={name}").json.keys() == {"schemas", "id", "userName"}
    without = scim.get(f"/Users/{user['id']}?excludedAttributes={name},id").json
    assert ("userName" in without, "id" in without, without["title"]) == (False, True, "x")


@bug("group-members-always-empty-in-read", "group-list-and-read-disagree", "group-user-groups-attribute-stale")
def test_members_and_groups_agree_in_list_and_read(scim: Scim) -> None:
    user = scim.user()
    group = scim.group(user["id"])
    read = scim.get(f"/Groups/{group['id']}").json
    listed = scim.get(f'/Groups?filter=displayName+eq+"{group["displayName"]}"').json["Resources"]
    assert listed == [read]
    assert [member["value"] for member in read["members"]] == [user["id"]]
    assert [held["value"] for held in scim.get(f"/Users/{user['id']}").json["groups"]] == [group["id"]]
    scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    assert "groups" not in scim.get(f"/Users/{user['id']}").json


@bug("attributes-param-ignored-or-drops-id", "group-excludedattributes-ignored")
def test_members_can_be_left_out(scim: Scim) -> None:
    group = scim.group(scim.user()["id"])
    assert "members" not in scim.get(f"/Groups/{group['id']}?excludedAttributes=members").json
    query = f'filter=displayName+eq+"{group["displayName"]}"&excludedAttributes=members'
    (found,) = scim.get(f"/Groups?{query}").json["Resources"]
    assert ("members" in found, found["displayName"]) == (False, group["displayName"])
