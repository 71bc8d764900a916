"""The SCIM endpoints of a real server process, request by request."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.support import ENTERPRISE, GROUP, USER, Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def test_user_lives_from_create_to_delete(scim: Scim) -> None:
    made = scim.user(displayName="Anna", emails=[{"value": "a@x", "type": "work", "primary": True}])
    path = f"/Users/{made['id']}"
    assert made["meta"]["location"] == scim.server.base_url + path
    assert scim.get(path).json == made
    replaced = scim.request("PUT", path, {"schemas": [USER], "userName": made["userName"], "title": "T"})
    assert (replaced.status, replaced.json.get("title"), replaced.json.get("displayName")) == (200, "T", None)
    patched = scim.patch(path, {"op": "replace", "path": "active", "value": False})
    assert (patched.status, patched.json["active"]) == (200, False)
    assert scim.request("DELETE", path).status == 204
    assert scim.get(path).status == 404


def test_change_gives_a_new_version_and_no_change_none(scim: Scim) -> None:
    user = scim.user(title="A")
    path = f"/Users/{user['id']}"
    same = scim.patch(path, {"op": "replace", "path": "title", "value": "A"})
    assert same.json["meta"] == user["meta"]
    other = scim.patch(path, {"op": "replace", "path": "title", "value": "B"})
    assert other.headers["etag"] == other.json["meta"]["version"] != user["meta"]["version"]


def test_conditions_are_honoured(scim: Scim) -> None:
    user = scim.user()
    path, tag = f"/Users/{user['id']}", user["meta"]["version"]
    assert scim.get(path, {"If-None-Match": tag}).status == 304
    change = {"op": "replace", "path": "title", "value": "B"}
    assert scim.patch(path, change, headers={"If-Match": tag}).status == 200
    stale = scim.patch(path, {"op": "replace", "path": "title", "value": "C"}, headers={"If-Match": tag})
    assert stale.status == 412
    assert scim.request("DELETE", path, headers={"If-Match": tag}).status == 412
    assert scim.get(path).json["title"] == "B"


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


def test_unknown_member_is_refused_and_nothing_changes(scim: Scim) -> None:
    anna = scim.user()
    group = scim.group(anna["id"])
    reply = scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert (reply.status, reply.json["scimType"]) == (400, "invalidValue")
    assert scim.members(group) == [anna["id"]]


def test_parallel_changes_of_one_group_lose_nobody(scim: Scim) -> None:
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


def test_lists_page_sort_and_project(scim: Scim) -> None:
    mark = scim.user()["id"]
    made = [scim.user(displayName=name, userType=mark) for name in ("b", "C", "a")]
    found = quote(f'userType eq "{mark}"')
    shown = scim.get(f"/Users?filter={found}&sortBy=displayName&attributes=displayName&startIndex=2&count=1").json
    assert (shown["totalResults"], shown["startIndex"], shown["itemsPerPage"]) == (3, 2, 1)
    assert shown["Resources"] == [{"schemas": [USER], "id": made[0]["id"], "displayName": "b"}]


def test_search_by_post_spans_types(scim: Scim) -> None:
    name = scim.user()["id"]
    user, group = scim.user(displayName=name), scim.group(displayName=name)
    shown = scim.request("POST", "/.search", {"schemas": [SEARCH], "filter": f'displayName eq "{name}"'}).json
    assert {item["id"] for item in shown["Resources"]} == {user["id"], group["id"]}
    only = scim.request(
        "POST", "/Users/.search", {"schemas": [SEARCH], "filter": f'displayName eq "{name}"', "attributes": ["id"]}
    )
    assert [item["id"] for item in only.json["Resources"]] == [user["id"]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/a/b", 404),
        ("GET", "/Users/" + "x" * 3000, 404),
        ("GET", "/Users/%2e%2e%2fGroups", 404),
        ("GET", "/Users/a%00b", 404),
        ("PUT", "/Users", 405),
        ("TRACE", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("DELETE", "/Schemas", 405),
        ("GET", "/Me", 501),
        ("GET", "/Users?filter=" + "(" * 3000, 400),
        ("GET", "/Users?filter=a&filter=b", 400),
        ("GET", "/Users?count=abc", 400),
        ("GET", "/Users?sortBy=unknown", 400),
        ("GET", "/Users?filter=%ff%fe", 400),
        ("GET", "/Schemas?filter=x", 403),
        ("GET", "/Schemas/unknown", 404),
        ("HEAD", "/Users", 200),
        ("GET", "/", 200),
    ],
)
def test_odd_requests_get_a_scim_answer(scim: Scim, method: str, path: str, status: int) -> None:
    reply = scim.request(method, path)
    assert reply.status == status
    if status >= 400:
        assert reply.json["status"] == str(status)
        assert reply.headers["content-type"] == "application/scim+json"
    if status == 405:
        assert reply.headers["allow"]


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"\xff", {}, 400),
        (b'{"a":' * 17 + b"1" + b"}" * 17, {}, 400),
        (b"[" * 200_000, {}, 400),
        (b"x" * 1_100_000, {}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
    ],
    ids=["open", "empty", "array", "not utf-8", "deep", "very deep", "large", "type", "encoding"],
)
def test_bodies_that_cannot_be_read_are_refused(scim: Scim, raw: bytes, headers: dict[str, str], status: int) -> None:
    reply = scim.request("POST", "/Users", raw=raw, headers=headers)
    assert (reply.status, reply.json["status"]) == (status, str(status))


def test_large_body_in_chunks_is_refused(scim: Scim) -> None:
    place = urlsplit(scim.server.base_url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600) as wire:
        head = f"POST {place.path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {scim.server.token}\r\n"
        wire.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        try:
            for _ in range(20):
                wire.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
        except OSError:
            pass  # the server has seen enough
        assert b" 413 " in wire.recv(200)


@pytest.mark.parametrize(
    "value",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "Token x", "Bearer " + "x" * 20_000, "bearer  x y"],
    ids=lambda value: str(value)[:12],
)
def test_request_without_the_right_token_is_401(scim: Scim, value: str | None) -> None:
    headers = {"Authorization": value} if value is not None else {}
    reply = scim.http.request("GET", scim.server.base_url + "/Users", headers=headers)
    assert reply.status in (401, 431)
    if reply.status == 401:
        assert reply.headers["www-authenticate"].startswith("Bearer")
        assert json.loads(reply.data)["status"] == "401"


def test_scheme_of_the_token_is_case_insensitive(scim: Scim) -> None:
    reply = scim.get("/Users?count=0", {"Authorization": f"bearer {scim.server.token}"})
    assert reply.status == 200


def test_two_tenants_do_not_see_each_other(scim: Scim) -> None:
    tenant = scim.admin("POST", "/tenants", {"name": "Other", "plan": "enterprise", "sso_configured": True}).json
    other = scim.admin("POST", f"/tenants/{tenant['id']}/connections").json
    base = scim.server.base_url.rpartition("/")[0] + "/" + other["id"]
    mine, name = scim.user(), "shared-name@example.com"
    scim.request("POST", "/Users", {"schemas": [USER], "userName": name})

    def theirs(method: str, path: str, body: Any = None) -> Any:
        return scim.request(method, base + path, body, token=other["token"])

    assert scim.request("GET", base + "/Users").status == 401, "a token of another connection"
    assert theirs("GET", "/Users").json["totalResults"] == 0
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert theirs(method, f"/Users/{mine['id']}", {}).status == 404
    assert theirs("POST", "/Users", {"schemas": [USER], "userName": name}).status == 201
    group = {"schemas": [GROUP], "displayName": "G", "members": [{"value": mine["id"]}]}
    assert theirs("POST", "/Groups", group).status == 400
    assert theirs("GET", "/Users?filter=" + quote(f'id eq "{mine["id"]}"')).json["totalResults"] == 0


def test_password_is_nowhere(scim: Scim) -> None:
    canary = "Zz-canary-password-9"
    made = scim.user(password=canary)
    path = f"/Users/{made['id']}"
    scim.patch(path, {"op": "replace", "path": "password", "value": canary + "b"})
    for reply in (
        scim.get(path),
        scim.get(path + "?attributes=password"),
        scim.get("/Users?count=1000"),
        scim.admin("GET", "/audit"),
    ):
        assert b"canary-password" not in reply.body


def test_strict_server_refuses_what_is_only_tolerated(strict: Scim) -> None:
    user = strict.user()
    path = f"/Users/{user['id']}"
    assert strict.patch(path, {"op": "replace", "value": {"name.givenName": "A"}}).status == 400
    assert strict.patch(path, {"op": "replace", "path": "active", "value": "False"}).status == 400
    assert strict.patch(path, {"op": "replace", "path": "active", "value": False}).json["active"] is False


def test_bulk_creates_changes_and_refers(scim: Scim) -> None:
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "g",
                "data": {"schemas": [GROUP], "displayName": "B", "members": [{"value": "bulkId:u"}]},
            },
            {
                "method": "POST",
                "path": "/Users",
                "bulkId": "u",
                "data": {"schemas": [USER], "userName": "bulk@example.com"},
            },
            {
                "method": "PATCH",
                "path": "/Users/bulkId:u",
                "data": {"Operations": [{"op": "add", "path": "title", "value": "T"}]},
            },
            {"method": "DELETE", "path": "/Users/unknown"},
            {"method": "GET", "path": "/Users"},
        ],
    }
    reply = scim.request("POST", "/Bulk", body)
    assert [item["status"] for item in reply.json["Operations"]] == ["201", "201", "200", "404", "400"]
    user = scim.get(reply.json["Operations"][1]["location"]).json
    assert user["title"] == "T"
    assert [g["value"] for g in user["groups"]] == [reply.json["Operations"][0]["location"].rpartition("/")[2]]


def test_me_is_the_user_that_the_connection_names(scim: Scim) -> None:
    user = scim.user()
    scim.admin("PATCH", "/connections/{connection}", {"me": user["userName"]})
    assert scim.get("/Me").json["id"] == user["id"]
    assert (
        scim.request("PATCH", "/Me", {"Operations": [{"op": "add", "path": "title", "value": "Me"}]}).json["title"]
        == "Me"
    )
    scim.admin("PATCH", "/connections/{connection}", {"me": None})
    assert scim.get("/Me").status == 501


def test_headers_keep_people_out_of_caches(scim: Scim) -> None:
    for path in ("/Users", "/Users/unknown", "/Schemas"):
        headers = scim.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_forged_host_does_not_change_locations(scim: Scim) -> None:
    user = scim.user()
    shown = scim.get(f"/Users/{user['id']}", {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}).json
    assert shown["meta"]["location"].startswith(scim.server.base_url)


def test_composed_and_decomposed_letters_are_the_same(scim: Scim) -> None:
    """RFC 7644 7.8: texts are prepared before they are compared, in filters and in uniqueness tests."""
    composed, decomposed = "zo\u00eb@example.com", "zoe\u0308@example.com"
    user = scim.user(userName=composed, title="Caf\u00c9")
    assert scim.request("POST", "/Users", {"schemas": [USER], "userName": decomposed}).status == 409
    for condition in (f'userName eq "{decomposed}"', 'title eq "cafe\u0301"', 'title sw "CAFE\u0301"'):
        found = scim.request("POST", "/Users/.search", {"filter": condition}).json["Resources"]
        assert [item["id"] for item in found] == [user["id"]], condition
    assert scim.get(f"/Users/{user['id']}").json["userName"] == composed, "shown as it was sent"
    scim.request("DELETE", f"/Users/{user['id']}")


def test_attribute_of_another_type_has_no_value_at_the_root(monday: Scim) -> None:
    """RFC 7644 3.4.2.1: for a type that does not define it, an attribute is treated as one without a value."""
    user, group = monday.user(title="x"), monday.group()
    for condition, expected in {
        "userName pr": [user["id"]],
        "not (userName pr)": [group["id"]],
        'title eq "x" or displayName pr': [user["id"], group["id"]],
        'title ne "y"': [user["id"], group["id"]],
        "members pr": [],
        'members.value eq "x"': [],
    }.items():
        found = monday.request("POST", "/.search", {"filter": condition}).json["Resources"]
        assert [item["id"] for item in found] == expected, condition
    assert monday.request("POST", "/.search", {"filter": "nothing pr"}).status == 400


def test_bulk_says_where_it_failed(scim: Scim) -> None:
    """RFC 7644 3.7.3: location is there except for a failed POST."""
    operations = [
        {"method": "DELETE", "path": "/Users/nobody"},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"schemas": [USER]}},
    ]
    answers = scim.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    assert answers[0]["location"] == f"{scim.server.base_url}/Users/nobody"
    assert [(answer["status"], "location" in answer) for answer in answers] == [("404", True), ("400", False)]
