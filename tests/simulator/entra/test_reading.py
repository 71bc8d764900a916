"""Entra deserializes every answer strictly: one value of a wrong type fails that object, and says what would be right.

Captured: Budibase/budibase#15369, wso2/product-is#26577, grokability/snipe-it#11094.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_target import LIST, FakeTarget, Received
from tests.simulator.engine import Engine

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CODE = "SystemForCrossDomainIdentityManagementServiceIncompatible"
SENTENCE = "We are not able to deserialize the resource received from your SCIM endpoint because your SCIM endpoint"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({ENTERPRISE: {"manager": "u9"}}, f'{ENTERPRISE}.manager must be an object, such as {{"value": "…"}}'),
    ({"emails": ["a@b.example"]}, 'emails[0] must be an object, such as {"value": "…"}; the answer has "a@b.example"'),
    ({"emails": {"value": "a@b.example"}}, "emails must be a list of objects"),
    ({"emails": "a@b.example"}, "emails must be a list of objects"),
    ({"emails": [{"value": 7}]}, "emails[0].value must be a string; the answer has 7"),
    ({"title": 7}, "title must be a string; the answer has 7"),
    ({"Title": ["Clerk"]}, "Title must be a string"),  # names are case-insensitive
    ({"displayName": {"formatted": "Anna"}}, "displayName must be a string"),
    ({"name": "Anna Smith"}, "name must be an object"),
    ({"name": {"familyName": True}}, "name.familyName must be a string"),
    ({"active": 1}, "active must be true or false"),
    ({"meta": "User"}, "meta must be an object"),
    ({"schemas": "urn:ietf:params:scim:schemas:core:2.0:User"}, "schemas must be a list of strings"),
    ({"roles": ["admin"]}, "roles[0] must be an object"),
    ({"phoneNumbers": [{"value": 4711}]}, "phoneNumbers[0].value must be a string"),
    ({"addresses": [{"postalCode": 12345}]}, "addresses[0].postalCode must be a string"),
    ({ENTERPRISE.lower(): {"employeeNumber": 12}}, "employeeNumber must be a string"),
]
RIGHT: list[dict[str, Any]] = [
    {"emails": [], "nickName": None, "photos": "", ENTERPRISE: {"manager": None}},
    {"emails": [{"value": "a@b.example", "primary": "True"}], "active": "True"},
    {ENTERPRISE: {"manager": {"value": "u9", "displayName": "Boss"}}},
    # no members of Core2UserBase.cs, Core2Metadata.cs, and Manager.cs in AzureAD/SCIMReferenceCode
    {"groups": ["g1"], "photos": ["https://x/p"], "profileUrl": 7, "entitlements": "x", "meta": {"created": 7}},
    {"x509Certificates": ["MII"], ENTERPRISE: {"manager": {"value": "u9", "displayName": 7}}},
    {"unknown": 7, "urn:example:2.0:User": {"level": 7}, "emails": [{"value": "a@b.example", "verified": 1}]},
]


def provisioned(target: FakeTarget) -> Engine:
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    return engine


def answering(target: FakeTarget, request: str, answer: Any) -> None:
    method, _, path = request.partition(" ")

    def rule(received: Received) -> Any:
        return answer if received.method == method and received.path.startswith(f"/scim{path}") else "well"

    target.rule = rule


def failed(engine: Engine, right: str) -> None:
    turn = engine.turn()
    assert (turn.status, turn.error_code) == ("Failure", CODE)
    assert turn.reason.startswith(SENTENCE)
    assert right in turn.steps[-1].details["Expected"]


@pytest.mark.parametrize(("attributes", "right"), WRONG, ids=[str(attributes) for attributes, _ in WRONG])
def test_a_value_of_another_type_fails_a_read_and_the_answer_to_a_patch(
    target: FakeTarget, attributes: dict[str, Any], right: str
) -> None:
    engine = provisioned(target)
    for request in ("GET /Users/u1", "PATCH /Users/u1"):
        held = {**target.resources["Users/u1"], **attributes}
        answering(target, request, (200, held))
        engine.directory.update_user(engine.now, "id-anna", jobTitle=request)
        engine.cycle()
        failed(engine, right)
        target.rule = lambda received: "well"


@pytest.mark.parametrize("number", [0, 1])
def test_a_value_of_another_type_fails_a_match_and_a_create(target: FakeTarget, number: int) -> None:
    bad = {"id": "u7", "userName": "anna@contoso.com", "emails": ["a@b.example"]}
    if number:
        answering(target, "POST /Users", (201, bad))
    else:
        answering(
            target,
            "GET /Users?filter=userName+eq+%22anna",
            (200, {"schemas": [LIST], "totalResults": 1, "Resources": [bad]}),
        )
    engine = provisioned(target)
    failed(engine, "emails[0] must be an object")
    assert ["PATCH" in line for line in target.writes()] == [False] * number
    assert engine.job.state.users == {}


@pytest.mark.parametrize("attributes", RIGHT)
def test_what_the_rfc_allows_is_read(target: FakeTarget, attributes: dict[str, Any]) -> None:
    engine = provisioned(target)
    target.resources["Users/u1"] |= attributes
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    engine.cycle()
    assert engine.turn().status == "Success"


@pytest.mark.parametrize(
    ("answer", "status"), [((200, None), "Success"), ((200, {}), "Success"), ((200, b"OK"), "Failure")]
)
def test_an_answer_to_a_patch_may_be_empty(target: FakeTarget, answer: Any, status: str) -> None:
    engine = provisioned(target)
    answering(target, "PATCH /Users/u1", answer)
    engine.directory.update_user(engine.now, "id-anna", jobTitle="Lead")
    engine.cycle()
    assert engine.turn().status == status


@pytest.mark.parametrize(
    ("resources", "right"),
    [(["u1"], "Resources[0] must be an object"), ([{"id": "g", "members": ["u1"]}], "members[0] must be an object")],
)
def test_the_elements_of_a_list_are_read_as_strictly(target: FakeTarget, resources: list[Any], right: str) -> None:
    target.rule = lambda received: (
        (200, {"schemas": [LIST], "totalResults": 1, "Resources": resources}) if "Sales" in received.path else "well"
    )
    engine = Engine(target)
    engine.group("Sales")
    engine.cycle()
    assert engine.turn("group").error_code == CODE
    assert right in engine.turn("group").steps[-1].details["Expected"]
