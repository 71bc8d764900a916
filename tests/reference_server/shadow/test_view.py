"""A resource as it is shown: the spliced JSON equals the one that is built, and what is computed is there."""

from __future__ import annotations

import json

import pytest

from reference_server.scim.projection import compile_projection
from tests.in_process import House, run
from tests.support import ENTERPRISE, PATCH

BASE = "http://127.0.0.1/scim/v2/x"


@pytest.mark.parametrize("attributes", [None, "userName,groups", "meta", f"{ENTERPRISE}:manager"])
def test_rendered_is_what_is_shown(at: House, attributes: str | None) -> None:
    async def story() -> None:
        boss = (await at.user(userName="boss", displayName="Boss"))["id"]
        ada = (await at.user(userName="ada", **{ENTERPRISE: {"manager": {"value": boss}}}))["id"]
        inner = (await at.group("inner", ada))["id"]
        outer = (await at.group("outer", inner))["id"]
        shadow, connection = at.service.shadow, at.connection
        scope, user = shadow.scope(connection.id, connection.tenant_id), shadow.types.by_name["User"]
        projection = compile_projection(user, attributes, None)
        shown = projection.apply(shadow.views.show(scope, user, shadow.get(scope, user, ada), BASE, projection))
        stored, place = shadow.stored(scope, user, ada)
        assert json.loads(shadow.views.renderer(scope, user, BASE, projection)([stored], [place])) == shown
        if attributes is None:
            assert shown["meta"]["location"] == f"{BASE}/Users/{ada}"
            assert shown[ENTERPRISE]["manager"] == {
                "value": boss,
                "$ref": f"{BASE}/Users/{boss}",
                "displayName": "Boss",
            }
            assert {(held["value"], held["type"]) for held in shown["groups"]} == {
                (inner, "direct"),
                (outer, "indirect"),
            }

    run(story())


def test_a_page_shows_what_each_get_shows(at: House) -> None:
    """Members of nested groups, managers that several users share, and users without either, on pages of several sizes."""

    async def story() -> None:
        bosses = [(await at.user(userName=f"boss {n}", displayName=f'Boss "{n}"'))["id"] for n in range(2)]
        made = []
        for number in range(80):
            managed = {ENTERPRISE: {"manager": {"value": bosses[number % 2]}}} if number % 3 else {}
            department = {ENTERPRISE: {"department": "manager"}} if number % 5 == 0 else managed
            made.append((await at.user(userName=f"u{number}", **department))["id"])
        inner = (await at.group("inner", *made[:40]))["id"]
        other = (await at.group("other", *made[20:60], inner))["id"]
        for kind, total in ("Users", 82), ("Groups", 2):
            for start, size in (1, 100), (3, 20), (70, 1):
                _, page = await at.scim("GET", f"/{kind}?startIndex={start}&count={size}")
                assert page["totalResults"] == total
                assert len(page["Resources"]) == max(0, min(size, total + 1 - start))
                for shown in page["Resources"]:
                    assert (await at.scim("GET", f"/{kind}/{shown['id']}"))[1] == shown
        _, group = await at.scim("GET", f"/Groups/{other}")
        listed = {(member["value"], member["type"], member["display"]) for member in group["members"]}
        assert listed == {
            *((id_, "User", f"u{number}") for number, id_ in enumerate(made[20:60], 20)),
            (inner, "Group", "inner"),
        }
        _, some = await at.scim("GET", f"/Users/{made[25]}")
        assert {(held["display"], held["type"]) for held in some["groups"]} == {
            ("inner", "direct"),
            ("other", "direct"),
        }

    run(story())


def test_a_page_and_a_get_show_changes_of_a_record_that_was_read_before(at: House) -> None:
    """Each change moves the resource within its record, adds or removes a manager, or leaves other attributes."""

    async def story() -> None:
        boss = (await at.user(userName="boss", displayName="Boss"))["id"]
        made = [(await at.user(userName=f"u{number}"))["id"] for number in range(12)]
        await at.group("staff", *made[:6])
        shadow, connection = at.service.shadow, at.connection
        scope, user = shadow.scope(connection.id, connection.tenant_id), shadow.types.by_name["User"]
        base = f"http://127.0.0.1/scim/v2/{at.connection_id}"
        manager, department = f"{ENTERPRISE}:manager", f"{ENTERPRISE}:department"
        for operation in (
            {"op": "add", "path": manager, "value": {"value": boss}},
            {"op": "add", "path": department, "value": "Law"},
            {"op": "replace", "path": "title", "value": '"manager":{"value":"x"}'},
            {"op": "remove", "path": manager},
            {"op": "remove", "path": department},
        ):
            for id_ in made[::2]:
                status, _ = await at.scim("PATCH", f"/Users/{id_}", {"schemas": [PATCH], "Operations": [operation]})
                assert status == 200
            _, page = await at.scim("GET", "/Users?count=100")
            _, found = await at.scim("GET", '/Users?filter=userName sw "u"'.replace(" ", "%20"))
            shown = [shadow.views.show(scope, user, shadow.get(scope, user, id_), base) for id_ in [boss, *made]]
            assert page["Resources"] == shown
            assert found["Resources"] == shown[1:]
            for expected in shown[1:3]:
                assert (await at.scim("GET", f"/Users/{expected['id']}"))[1] == expected

    run(story())
