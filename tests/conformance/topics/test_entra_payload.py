"""The attributes of Microsoft's validators: only those that the target's schemas have, compared as the validator does."""

from __future__ import annotations

import copy
import json
from importlib.resources import files
from typing import Any

import pytest

from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import ENTERPRISE_URN, USER_URN, Target
from conformance.topics.entra_payload import (
    attributes,
    changes,
    create,
    default_mapping,
    full_user,
    lost_attributes,
    of_a_taken_name,
    patched,
    shows,
)
from tests.conformance.answers import answer
from tests.conformance.published import TARGET
from tests.conformance.topics.sessions import error, session
from tests.fake_target import fake_target


def declared(name: str, part: str | None = None, **characteristics: Any) -> Target:
    """The published target whose schema declares one attribute of users, or a part of one, otherwise."""
    schemas = copy.deepcopy(TARGET.schemas)
    definitions = schemas[USER_URN]["attributes"]
    for wanted in (name, part):
        if wanted is not None:
            definition = next(found for found in definitions if found["name"] == wanted)
            definitions = definition.get("subAttributes")
    definition.update(characteristics)
    return Target(TARGET.config, TARGET.resource_types, schemas)


def without(urn: str, name: str) -> Target:
    """The published target whose schema lacks one attribute."""
    schemas = copy.deepcopy(TARGET.schemas)
    schemas[urn]["attributes"] = [found for found in schemas[urn]["attributes"] if found["name"] != name]
    return Target(TARGET.config, TARGET.resource_types, schemas)


def test_the_published_schemas_have_every_kind_of_path() -> None:
    found = attributes(session(), "word")
    assert found["name.givenName"] == "word name"
    assert found['emails[type eq "work"].value'] == "word@check.example"
    assert found['addresses[type eq "work"].country'] == "NO"
    assert found[f"{ENTERPRISE_URN}:department"] == "word department"
    assert found['roles[primary eq "True"].display'] == "word roles"


@pytest.mark.parametrize(
    ("urn", "name", "paths"),
    [
        (USER_URN, "name", "name."),
        (USER_URN, "phoneNumbers", "phoneNumbers["),
        (ENTERPRISE_URN, "division", f"{ENTERPRISE_URN}:division"),
    ],
)
def test_attributes_that_the_schemas_lack_are_not_sent(urn: str, name: str, paths: str) -> None:
    assert [path for path in attributes(session(), "word") if path.startswith(paths)]
    assert [path for path in attributes(session(known=without(urn, name)), "word") if path.startswith(paths)] == []


def test_types_outside_the_canonical_values_are_not_sent() -> None:
    known = declared("phoneNumbers", "type", canonicalValues=["work", "mobile"])
    found = [path for path in attributes(session(known=known), "word") if path.startswith("phoneNumbers")]
    assert found == ['phoneNumbers[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value']


def test_read_only_attributes_are_not_sent() -> None:
    assert "title" not in attributes(session(known=declared("title", mutability="readOnly")), "word")


def test_a_user_is_created_with_all_of_it_and_removed_afterwards() -> None:
    with fake_target() as target:
        scim = session(target)
        values = full_user(scim)
        user = create(scim, values)
        shows(user, values)
        assert scim.clean_up() == []
        assert target.resources == {}


@pytest.mark.parametrize("body", [None, {"userName": "a"}, {"id": 7}, ["a"]])
def test_a_201_without_the_resource_is_a_finding(body: Any) -> None:
    with fake_target(lambda request: (201, body)) as target, pytest.raises(Finding, match="no resource with an id"):
        create(session(target), {"userName": "a"})


def test_a_create_that_is_rejected_is_a_finding() -> None:
    with fake_target(lambda request: error(409, "uniqueness")) as target, pytest.raises(Finding) as raised:
        create(session(target), {"userName": "a"})
    assert raised.value.expected == "201"


@pytest.mark.parametrize(("status", "accepted"), [(200, True), (204, True), (202, False), (400, False)])
def test_entra_accepts_200_and_204_for_a_patch(status: int, accepted: bool) -> None:
    if accepted:
        patched(answer(status))
    else:
        with pytest.raises(Finding):
            patched(answer(status))


@pytest.mark.parametrize(
    ("resource", "wanted", "same"),
    [
        ({"title": "LEAD"}, {"title": "lead"}, True),
        ({"title": "lead "}, {"title": "lead"}, False),
        ({"active": True}, {"active": True}, True),
        ({"active": "true"}, {"active": True}, False),
        ({}, {"title": "lead"}, False),
        ({"emails": [{"type": "work", "value": "A@x"}]}, {'emails[type eq "work"].value': "a@x"}, True),
        ({"emails": [{"type": "home", "value": "a@x"}]}, {'emails[type eq "work"].value': "a@x"}, False),
    ],
)
def test_strings_are_compared_case_insensitively(resource: Any, wanted: dict[str, Any], same: bool) -> None:
    if same:
        shows(resource, wanted)
    else:
        with pytest.raises(Finding, match="differs from the sent value"):
            shows(resource, wanted)


def test_every_value_becomes_one_change() -> None:
    found = changes({"title": "a", "active": False}, exist=True)
    assert [(one.path, one.value) for one in found] == [("title", "a"), ("active", False)]


def test_the_default_mapping_is_that_of_the_simulated_provider() -> None:
    rows = json.loads((files("simulator.entra") / "default_mapping.json").read_text("utf-8"))["user"]
    sent = default_mapping("scimulator-check-x")
    assert {row["target"] for row in rows} - set(sent) == {f"{ENTERPRISE_URN}:manager"}, "references come later"
    assert set(sent) - {row["target"] for row in rows} == set()
    assert "." in sent["externalId"]


def test_what_a_resource_does_not_show_is_lost() -> None:
    sent = {"title": "Lead", "name.formatted": "A B", 'emails[type eq "work"].value': "A@x"}
    read = {"title": "LEAD", "name": {"givenName": "A"}, "emails": [{"type": "work", "value": "a@x"}]}
    assert lost_attributes(sent, read) == {"name.formatted": None}


def test_a_body_that_is_rejected_under_any_name_shows_no_conflict() -> None:
    with pytest.raises(NotOffered, match="rejects with any userName"):
        of_a_taken_name(answer(400, {}), lambda: answer(400, {}))
    assert of_a_taken_name(answer(400, {}), lambda: answer(201, {})).status == 400
    assert of_a_taken_name(answer(409, {}), lambda: answer(400, {})).status == 409
