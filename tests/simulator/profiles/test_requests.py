"""Requests have the form that each provider is known to send."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.profiles import requests
from simulator.profiles.profile import PROFILES, load_profile
from simulator.provisioning.request import Request

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
ANNA = {"userName": "anna@x", "active": True, "name.givenName": "Anna", 'emails[type eq "work"].value': "anna@x"}


def wire(request: Request) -> str:
    body = "" if request.body is None else " " + json.dumps(request.body, separators=(",", ":"))
    return f"{request.method} {request.path}{body}"


@pytest.mark.parametrize(
    ("idp", "query"),
    [
        ("okta", "%22a%22&startIndex=1&count=100"),
        ("okta-wizard", "%22a%22&startIndex=1&count=100"),
        ("onelogin", "%22a%22&"),  # the stray ampersand of its log
        ("authentik", "%22a%22"),
        ("jumpcloud", "%22a%22"),
    ],
)
def test_a_look_up_has_the_paging_of_the_provider(idp: str, query: str) -> None:
    profile = load_profile(idp)
    assert requests.find_user(profile, "userName", "a").path == f"/Users?filter=userName+eq+{query}"
    assert requests.find_group(profile, "a").path == f"/Groups?filter=displayName+eq+{query}"


@pytest.mark.parametrize("idp", PROFILES)
def test_a_new_user_is_nested_and_lists_the_schemas_that_it_uses(idp: str) -> None:
    profile = load_profile(idp)
    body = requests.create_user(profile, ANNA, "pw").body
    assert body is not None
    assert body["name"] == {"givenName": "Anna"}
    assert body["emails"][0]["value"] == "anna@x"
    assert body["active"] is True
    assert body["schemas"] == [USER]
    with_department = requests.create_user(profile, {**ANNA, f"{ENTERPRISE}:department": "Sales"}, "pw").body
    assert with_department is not None
    assert with_department["schemas"] == [USER, ENTERPRISE]
    assert ("password" in body) is idp.startswith("okta")  # O1: a random password beside the mapped attributes


@pytest.mark.parametrize(
    ("idp", "line"),
    [
        ("okta", f'PATCH /Users/7 {PATCH}[{{"op":"replace","value":{{"active":false}}}}]}}'),
        ("jumpcloud", f'PATCH /Users/7 {PATCH}[{{"op":"replace","path":"active","value":false}}]}}'),
        ("onelogin", f'PATCH /Users/7 {PATCH}[{{"op":"replace","path":"active","value":false}}]}}'),
        ("okta-wizard", f'PUT /Users/7 {{"schemas":["{USER}"],"id":"7","userName":"anna@x","active":false}}'),
        ("pingfederate", f'PUT /Users/7 {{"schemas":["{USER}"],"id":"7","userName":"anna@x","active":false}}'),
    ],
)
def test_a_user_is_switched_off_in_the_way_of_the_provider(idp: str, line: str) -> None:
    request = requests.switch_user(load_profile(idp), "7", {"userName": "anna@x", "active": True}, active=False)
    assert wire(request) == line
    assert request.operation == "disable user"


@pytest.mark.parametrize("idp", PROFILES)
def test_switching_on_differs_from_switching_off_in_the_value_alone(idp: str) -> None:
    off = requests.switch_user(load_profile(idp), "7", {"userName": "anna@x"}, active=False)
    on = requests.switch_user(load_profile(idp), "7", {"userName": "anna@x"}, active=True)
    assert wire(on) == wire(off).replace("false", "true")
    assert on.operation == "enable user"


@pytest.mark.parametrize(
    ("idp", "line"),
    [
        ("okta", f'PATCH /Groups/7 {PATCH}[{{"op":"replace","value":{{"id":"7","displayName":"New"}}}}]}}'),
        ("jumpcloud", f'PATCH /Groups/7 {PATCH}[{{"op":"replace","path":"displayName","value":"New"}}]}}'),
        (
            "authentik",
            f'PATCH /Groups/7 {PATCH}[{{"op":"replace","value":'
            f'{{"schemas":["{GROUP}"],"id":"7","displayName":"New","externalId":"g"}}}}]}}',
        ),
        (
            "okta-wizard",
            f'PUT /Groups/7 {{"schemas":["{GROUP}"],"id":"7","displayName":"New","externalId":"g","members":[{{"value":"1"}}]}}',
        ),
    ],
)  # fmt: skip
def test_a_group_is_renamed_in_the_way_of_the_provider(idp: str, line: str) -> None:
    values = {"displayName": "New", "externalId": "g"}
    assert wire(requests.rename_group(load_profile(idp), "7", values, ["1"])) == line


@pytest.mark.parametrize(
    ("idp", "joining", "leaving", "operations"),
    [
        (  # O6: who left first, by filter, then all who joined with their names
            "okta", {"1": "anna@x", "2": "bert@x"}, ["3"],
            [
                {"op": "remove", "path": 'members[value eq "3"]'},
                {"op": "add", "path": "members", "value": [{"value": "1", "display": "anna@x"}, {"value": "2", "display": "bert@x"}]},
            ],
        ),
        (  # one operation for each member, removed with a list of values as Entra does
            "authentik", {"1": "anna@x", "2": "bert@x"}, ["3"],
            [
                {"op": "add", "path": "members", "value": [{"value": "1"}]},
                {"op": "add", "path": "members", "value": [{"value": "2"}]},
                {"op": "remove", "path": "members", "value": [{"value": "3"}]},
            ],
        ),
        ("jumpcloud", {}, ["3"], [{"op": "remove", "path": "members", "value": [{"value": "3"}]}]),
        ("pingfederate", {"1": "anna@x"}, [], [{"op": "add", "path": "members", "value": [{"value": "1"}]}]),
    ],
)  # fmt: skip
def test_members_change_in_one_request_in_the_way_of_the_provider(
    idp: str, joining: dict[str, str], leaving: list[str], operations: list[dict[str, Any]]
) -> None:
    request = requests.patch_members(load_profile(idp), "7", joining, leaving)
    assert (request.method, request.path) == ("PATCH", "/Groups/7")
    assert request.body is not None
    assert request.body["Operations"] == operations
    assert request.operation == ("add member" if joining else "remove member")


@pytest.mark.parametrize(
    ("idp", "members", "key"),
    [("okta-wizard", [], True), ("okta-wizard", ["1"], True), ("keycloak", [], False), ("keycloak", ["1"], True)],
)
def test_the_list_of_an_empty_group_is_sent_or_left_out(idp: str, members: list[str], key: bool) -> None:
    request = requests.replace_group(load_profile(idp), "7", {"displayName": "G"}, members, "replace members")
    assert request.body is not None
    assert ("members" in request.body) is key
    assert request.body.get("members", []) == [{"value": member} for member in members]


def test_oktas_push_of_an_empty_group_replaces_the_list_by_nothing() -> None:
    assert wire(requests.push_members("7", [])) == (
        f'PATCH /Groups/7 {PATCH}[{{"op":"replace","path":"members","value":[]}}]}}'
    )


@pytest.mark.parametrize(
    ("idp", "members"), [("okta", []), ("okta-wizard", []), ("authentik", None), ("jumpcloud", None)]
)
def test_a_new_group_has_no_members(idp: str, members: list[str] | None) -> None:
    body = requests.create_group(load_profile(idp), {"displayName": "G"}).body
    assert body is not None
    assert body.get("members") == members
    assert body["schemas"] == [GROUP]


def test_an_id_of_the_target_is_encoded_in_every_path() -> None:
    profile, id_ = load_profile("okta"), "a b/ü?"
    made = [
        requests.patch_user(id_, {"title": "T"}, "update user"),
        requests.replace_user(profile, id_, ANNA, "update user"),
        requests.switch_user(profile, id_, ANNA, active=False),
        requests.rename_group(profile, id_, {"displayName": "G"}, []),
        requests.replace_group(profile, id_, {"displayName": "G"}, [], "replace members"),
        requests.patch_members(profile, id_, {"1": "a"}, []),
        requests.push_members(id_, []),
    ]
    assert {request.path.split("/", 2)[2] for request in made} == {"a%20b%2F%C3%BC%3F"}
