"""The bodies of a check hold what the target's schemas require, at any depth."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import ENTERPRISE_URN, GROUP_URN, USER_URN, Target
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import session
from tests.fake_target import fake_target


def changed(urn: str, path: str, **characteristics: Any) -> Target:
    target = replace(TARGET, schemas=copy.deepcopy(TARGET.schemas))
    held = target.schemas[urn]["attributes"]
    name, _, part = path.partition(".")
    found = next(one for one in held if one["name"] == name)
    if part:
        found = next(one for one in found["subAttributes"] if one["name"] == part)
    found.update(characteristics)
    return target


def test_a_required_part_of_the_name_is_sent() -> None:
    name = session(known=changed(USER_URN, "name.formatted", required=True)).user_body()["name"]
    assert set(name) == {"givenName", "familyName", "formatted"}


def test_a_required_list_without_declared_parts_gets_those_of_the_rfc() -> None:
    known = changed(USER_URN, "emails", required=True, subAttributes=[])
    (email,) = session(known=known).user_body()["emails"]
    assert email["value"].endswith("@check.example")


def test_what_an_extension_requires_is_sent_with_it() -> None:
    scim = session(known=changed(ENTERPRISE_URN, "costCenter", required=True))
    assert set(scim.user_body(**{ENTERPRISE_URN: {"division": "x"}})[ENTERPRISE_URN]) == {"division", "costCenter"}
    assert scim.assumed
    assert set(scim.body("User", extensions=(ENTERPRISE_URN,))[ENTERPRISE_URN]) == {"costCenter"}
    assert ENTERPRISE_URN not in scim.user_body()


def test_required_members_are_new_users() -> None:
    with fake_target() as target:
        scim = session(target, changed(GROUP_URN, "members", required=True))
        (member,) = scim.group_body()["members"]
        assert f"Users/{member['value']}" in target.resources
        assert scim.group_body(members=[])["members"] == []


def test_addresses_and_names_are_never_the_same() -> None:
    scim = session(known=changed(USER_URN, "emails", required=True))
    addresses = [scim.user_body()["emails"][0]["value"] for _ in range(20)]
    assert len(set(addresses)) == 20


def test_a_sub_attribute_that_the_schema_lacks_is_not_offered() -> None:
    known = changed(USER_URN, "emails", subAttributes=[{"name": "value", "type": "string"}])
    with pytest.raises(NotOffered, match=r"emails\.type"):
        session(known=known).user_body(emails=[{"value": "a", "type": "work"}])
    assert session(known=known).user_body(emails=[{"value": "a", "unknown": 1}])["emails"]


def test_members_have_the_parts_that_the_target_requires() -> None:
    with fake_target() as target:
        scim = session(target, changed(GROUP_URN, "members.$ref", required=True))
        user = scim.new_user()
        scim.new_group(members=[{"value": user["id"]}, {"value": "unknown"}, {"value": "own", "$ref": "own"}])
        (group,) = [held for key, held in target.resources.items() if key.startswith("Groups/")]
        link = user.get("meta", {}).get("location") or f"{target.url}/Users/{user['id']}"
        assert group["members"] == [
            {"$ref": link, "value": user["id"]},
            {"value": "unknown"},
            {"value": "own", "$ref": "own"},
        ]
        assert session(target).with_required_parts([{"value": user["id"]}]) == [{"value": user["id"]}]


def test_a_put_leaves_an_immutable_name_that_the_check_did_not_choose() -> None:
    with fake_target() as target:
        scim = session(target, changed(GROUP_URN, "displayName", mutability="immutable"))
        group = scim.new_group()
        assert scim.put(scim.path_of(group), scim.group_body()).status == 200
        assert scim.put(scim.path_of(group), scim.group_body(displayName="own")).status == 200
        sent = [request.json["displayName"] for request in target.received if request.method == "PUT"]
        assert sent == [group["displayName"], "own"]
