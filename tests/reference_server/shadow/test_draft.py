"""One write in the making: references are kept true, unknown ones are rejected, parallel writes lose nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support import ENTERPRISE, USER, Scim


def test_change_gives_a_new_version_and_no_change_none(scim: Scim) -> None:
    user = scim.user(title="A")
    path = f"/Users/{user['id']}"
    same = scim.patch(path, {"op": "replace", "path": "title", "value": "A"})
    assert same.json["meta"] == user["meta"]
    other = scim.patch(path, {"op": "replace", "path": "title", "value": "B"})
    assert other.headers["etag"] == other.json["meta"]["version"] != user["meta"]["version"]


def test_members_groups_and_managers_are_kept_true(scim: Scim) -> None:
    boss, anna = scim.user(displayName="Boss"), scim.user(displayName="Anna")
    inner = scim.group(anna["id"])
    outer = scim.group(inner["id"])
    scim.patch(f"/Users/{anna['id']}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": boss["id"]})
    shown = scim.get(f"/Users/{anna['id']}").json
    assert {(g["value"], g["type"]) for g in shown["groups"]} == {(inner["id"], "direct"), (outer["id"], "indirect")}
    manager = shown[ENTERPRISE]["manager"]
    assert (manager["value"], manager["displayName"], manager["$ref"]) == (boss["id"], "Boss", boss["meta"]["location"])
    scim.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "displayName", "value": "Renamed"})
    member = scim.get(f"/Groups/{inner['id']}").json["members"][0]
    assert (member["display"], member["type"], member["$ref"]) == ("Renamed", "User", anna["meta"]["location"])
    scim.request("DELETE", f"/Users/{boss['id']}")
    assert ENTERPRISE not in scim.get(f"/Users/{anna['id']}").json
    scim.request("DELETE", f"/Users/{anna['id']}")
    assert scim.members(inner) == []
    scim.request("DELETE", f"/Groups/{inner['id']}")
    assert scim.members(outer) == []


def test_unknown_member_is_rejected_and_nothing_changes(scim: Scim) -> None:
    anna = scim.user()
    group = scim.group(anna["id"])
    reply = scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert (reply.status, reply.json["scimType"]) == (400, "invalidValue")
    assert scim.members(group) == [anna["id"]]


def test_parallel_changes_of_one_group_lose_no_member(scim: Scim) -> None:
    people = [scim.user()["id"] for _ in range(60)]
    group = scim.group()

    def add(id_: str) -> int:
        return scim.patch(f"/Groups/{group['id']}", {"op": "Add", "path": "members", "value": [{"value": id_}]}).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(add, people)) == {204}
    assert scim.members(group) == sorted(people)


def test_parallel_creates_of_one_name_make_one_person(scim: Scim) -> None:
    body = {"schemas": [USER], "userName": "only-once@example.com"}
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: scim.request("POST", "/Users", body).status, range(16)))
    assert statuses == [201] + [409] * 15
