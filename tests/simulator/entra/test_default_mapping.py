"""The default mapping is that of a fresh non-gallery application (docs/notes/entra.md 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.entra.default_mapping import default_mapping

AT = datetime(2026, 3, 2, tzinfo=UTC)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANNA = {
    "objectId": "o-1",
    "userPrincipalName": "anna@contoso.com",
    "mailNickname": "anna.s",
    "displayName": "Anna Smith",
    "givenName": "Anna",
    "surname": "Smith",
    "mail": "a.smith@contoso.com",
    "jobTitle": "Clerk",
    "department": "Sales",
    "employeeId": "100007",
    "preferredLanguage": "en-US",
    "physicalDeliveryOfficeName": "Oslo",
    "streetAddress": "Karl Johans gate 12",
    "city": "Oslo",
    "state": "Oslo",
    "postalCode": "0154",
    "country": "NO",
    "telephoneNumber": "1",
    "mobile": "2",
    "facsimileTelephoneNumber": "3",
    "IsSoftDeleted": "False",
}


def values(source: dict[str, Any]) -> dict[str, Any]:
    return default_mapping("user").projected(source, at_creation=True, now=AT)


def test_every_attribute_of_a_user_goes_where_the_portal_says() -> None:
    assert values(ANNA) == {
        "userName": "anna@contoso.com",
        "active": True,
        "displayName": "Anna Smith",
        "title": "Clerk",
        'emails[type eq "work"].value': "a.smith@contoso.com",
        "preferredLanguage": "en-US",
        "name.givenName": "Anna",
        "name.familyName": "Smith",
        "name.formatted": "Anna Smith",
        'addresses[type eq "work"].formatted': "Oslo",
        'addresses[type eq "work"].streetAddress': "Karl Johans gate 12",
        'addresses[type eq "work"].locality': "Oslo",
        'addresses[type eq "work"].region': "Oslo",
        'addresses[type eq "work"].postalCode': "0154",
        'addresses[type eq "work"].country': "NO",
        'phoneNumbers[type eq "work"].value': "1",
        'phoneNumbers[type eq "mobile"].value': "2",
        'phoneNumbers[type eq "fax"].value': "3",
        "externalId": "anna.s",  # the mail nickname, not the object id
        f"{ENTERPRISE}:employeeNumber": "100007",
        f"{ENTERPRISE}:department": "Sales",
    }


@pytest.mark.parametrize(("soft_deleted", "active"), [("False", True), ("True", False)])
def test_leaving_scope_switches_active_off(soft_deleted: str, active: bool) -> None:
    assert values({**ANNA, "IsSoftDeleted": soft_deleted})["active"] is active


def test_attributes_without_a_value_are_not_sent() -> None:
    sparse = {name: None if name in ("mobile", "jobTitle") else value for name, value in ANNA.items()}
    assert values(ANNA).keys() - values(sparse).keys() == {"title", 'phoneNumbers[type eq "mobile"].value'}


def test_groups_are_named_by_their_display_name_and_carry_the_object_id() -> None:
    group = default_mapping("group").projected({"objectId": "o-2", "displayName": "Sales"}, at_creation=True, now=AT)
    assert group == {"displayName": "Sales", "externalId": "o-2"}


@pytest.mark.parametrize(
    ("kind", "matching", "reference", "name"),
    [
        ("user", "userName", "manager", "Provision Microsoft Entra ID Users"),
        ("group", "displayName", "members", "Provision Microsoft Entra ID Groups"),
    ],
)
def test_one_attribute_matches_and_one_is_a_reference(kind: str, matching: str, reference: str, name: str) -> None:
    mapping = default_mapping(kind)
    assert [row.target for row in mapping.matching] == [matching]
    assert [row.target.rpartition(":")[2] for row in mapping.rows if row.is_reference] == [reference]
    assert mapping.name == name
    assert (mapping.may_create, mapping.may_update, mapping.may_delete) == (True, True, True)
