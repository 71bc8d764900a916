"""What an earlier run left is recognized; people and groups of someone else never are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from simulator.company.people import Company
from simulator.run.leftovers import recognize

COMPANY = Company(7, 12)
USERS = [
    {"id": f"u{one.index}", "userName": one.user_principal_name, "externalId": one.mail_nickname}
    for one in COMPANY.people()
]
GROUP_ID = COMPANY.object_id("group", 0)


def group(name: str, *members: str, external_id: str | None = None, id_: str = "g") -> dict[str, Any]:
    return {"id": id_, "displayName": name, "externalId": external_id, "members": [{"value": one} for one in members]}


def test_users_are_recognized_by_the_domain_whatever_their_case() -> None:
    found = recognize([*USERS, {"id": "x/y", "userName": "OLD@CONTOSO.EXAMPLE"}], [])
    assert len(found.users) == 13
    assert found.users["/Users/x%2Fy"] == "OLD@CONTOSO.EXAMPLE"
    assert found.event() == {
        "event": "leftovers", "users": 13, "groups": 0, "by_entra": 12, "names": [one["userName"] for one in USERS[:3]],
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "anna@contoso.com",
        "anna@contoso.example.com",
        "contoso.example",
        "@contoso.example",
        "a b@contoso.example",
        None,
    ],
)
def test_users_of_others_are_not_recognized(name: Any) -> None:
    assert recognize([{"id": "u1", "userName": name}], []).paths == []


@pytest.mark.parametrize(
    ("listed", "is_ours"),
    [
        (group("Everybody", "u1", "u2"), True),
        (group("Everybody"), False),  # nothing says whose it is
        (group("Everybody", external_id=GROUP_ID), True),
        (group("Everybody", "u1", "stranger"), False),
        (group("Everybody", "u1", "stranger", external_id=GROUP_ID), False),
        (group("Board", "u1"), False),
        (group("Board", "u1", external_id=GROUP_ID), True),
        (group("Board", external_id=str(uuid.UUID(int=4, version=4))), False),
        (group("Project 001", "u3"), True),
        (group("Project X", "u3"), False),
        ({"id": "g", "displayName": "Everybody", "members": "u1"}, False),
    ],
)
def test_a_group_is_recognized_if_no_one_else_is_in_it(listed: dict[str, Any], is_ours: bool) -> None:
    assert list(recognize(USERS, [listed]).groups) == (["/Groups/g"] if is_ours else [])


def test_a_group_of_recognized_groups_is_recognized() -> None:
    outer = group("Site Oslo", "g2", id_="g1")
    inner = group("Everybody", "u1", id_="g2")
    assert set(recognize(USERS, [outer, inner]).groups) == {"/Groups/g1", "/Groups/g2"}
