"""Known bugs of other servers around groups, leaving, errors, headers and load: this one does not have them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.support import GROUP, MONDAY, NUMBERS, PATCH, USER, Scim

bug = pytest.mark.bug


def put(scim: Scim, group: dict[str, Any], **attributes: Any) -> int:
    body = {"schemas": [GROUP], "displayName": group["displayName"], **attributes}
    return scim.request("PUT", f"/Groups/{group['id']}", body).status


@pytest.fixture
def three(scim: Scim) -> tuple[dict[str, Any], list[str]]:
    """A group of three and its members in the order that Scim.members gives them."""
    people = sorted(scim.user()["id"] for _ in range(3))
    return scim.group(*people), people


Three = tuple[dict[str, Any], list[str]]


@bug("group-remove-with-value-clears-all", "group-remove-with-value-400", "group-patch-unsupported-op-204")
@pytest.mark.parametrize(
    "form",
    [
        lambda id_: {"op": "Remove", "path": "members", "value": [{"value": id_}]},
        lambda id_: {"op": "remove", "path": "members", "value": {"value": id_}},
        lambda id_: {"op": "remove", "path": "members", "value": id_},
        lambda id_: {"op": "remove", "path": "members", "value": [{"$ref": None, "value": id_}]},
        lambda id_: {"op": "remove", "path": f'members[value eq "{id_}"]'},
    ],
)
def test_one_leaver_removes_no_other_member(scim: Scim, three: Three, form: Any) -> None:
    group, (first, *others) = three
    assert scim.patch(f"/Groups/{group['id']}", form(first)).status in (200, 204)
    assert scim.members(group) == others


@bug("group-remove-with-value-clears-all", "error-500-for-client-mistake")
@pytest.mark.parametrize("value", [[], None, "", {}, [{}], [{"display": "x"}], 5, [[]], [None]])
def test_unclear_removal_removes_no_member(scim: Scim, three: Three, value: Any) -> None:
    group, people = three
    assert scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "members", "value": value}).status < 500
    assert scim.members(group) == people


@bug("group-patch-pathless-rejected", "group-replace-op-unsupported", "group-replace-empty-members-400")
@bug("group-remove-then-add-window", "group-strict-member-shape-422", "group-member-object-without-ref-null")
def test_replacing_in_every_form(scim: Scim, three: Three) -> None:
    group, people = three
    path = f"/Groups/{group['id']}"
    forms: list[tuple[dict[str, Any], list[str]]] = [
        ({"op": "replace", "value": {"id": group["id"], "displayName": f"New {group['id']}"}}, people),
        ({"op": "replace", "value": {"members": [{"value": people[0]}]}}, people[:1]),
        (
            {"op": "replace", "path": "members", "value": [{"$ref": None, "value": id_} for id_ in people[1:]]},
            people[1:],
        ),
        ({"op": "add", "path": "members", "value": {"value": people[0], "display": "x", "type": "User"}}, people),
        ({"op": "replace", "path": "members", "value": []}, []),
        ({"op": "add", "value": {"members": [{"value": people[2]}]}}, people[2:]),
        ({"op": "remove", "path": "members"}, []),
    ]
    for operation, expected in forms:
        assert scim.patch(path, operation).status == 204, operation
        assert scim.members(group) == expected, operation
    assert scim.get(path).json["displayName"] == f"New {group['id']}"


@bug("group-unknown-member-rejects-all", "group-replace-with-unknown-wipes", "group-patch-unknown-member-200")
@bug("error-detail-blames-wrong-value")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_unknown_member_is_named_and_changes_nothing(scim: Scim, three: Three, op: str) -> None:
    group, people = three
    new = scim.user()["id"]
    value = [{"value": new}, {"value": "ghost-1"}]
    reply = scim.patch(f"/Groups/{group['id']}", {"op": op, "path": "members", "value": value})
    assert (reply.status, reply.json["scimType"]) == (400, "invalidValue")
    assert "ghost-1" in reply.json["detail"]
    assert new not in reply.json["detail"]
    assert scim.members(group) == people


@bug("group-patch-unknown-member-200", "group-response-duplicates-existing-member", "group-inactive-member-rejected")
def test_memberships_are_a_set_and_do_not_mind_active(scim: Scim, three: Three) -> None:
    group, people = three
    path = f"/Groups/{group['id']}"
    leaver = scim.user(active=False)["id"]
    for value in (people[0], people[0], leaver):
        scim.patch(path, {"op": "add", "path": "members", "value": [{"value": value}]})
    assert scim.members(group) == sorted([*people, leaver])
    assert scim.patch(path, {"op": "remove", "path": "members", "value": [{"value": "ghost"}]}).status == 204
    assert len(scim.members(group)) == 4


@bug("group-paths-chunked-ops-partial")
def test_many_operations_in_one_patch(scim: Scim) -> None:
    group, people = scim.group(), [scim.user()["id"] for _ in range(60)]
    operations: list[dict[str, Any]] = [{"op": "add", "path": "members", "value": [{"value": id_}]} for id_ in people]
    operations += [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in people[::2]]
    assert scim.patch(f"/Groups/{group['id']}", *operations).status == 204
    assert scim.members(group) == sorted(people[1::2])


@bug("put-group-immutable-members", "put-group-ignores-members", "put-group-without-members-empties")
@bug("put-group-omitted-members-means-empty")
def test_put_replaces_the_members(scim: Scim, three: Three) -> None:
    group, people = three
    assert put(scim, group, members=[{"value": people[0]}]) == 200
    assert put(scim, group, members=[{"value": people[1]}, {"value": people[2]}]) == 200
    assert scim.members(group) == people[1:]
    assert put(scim, group) == 200  # left out means empty, here as for every attribute (RFC 7644 3.5.1): docs/serve.md
    assert scim.members(group) == []


@bug("group-duplicate-displayname-409-or-double")
def test_second_group_of_a_name_is_as_the_schema_says(scim: Scim) -> None:
    group = scim.group()
    published = {held["name"]: held for held in scim.get(f"/Schemas/{GROUP}").json["attributes"]}
    second = scim.request("POST", "/Groups", {"schemas": [GROUP], "displayName": group["displayName"]})
    assert (second.status == 409) is (published["displayName"]["uniqueness"] != "none")


@bug("group-deleted-member-remains", "delete-not-404-afterwards")
def test_deleted_is_gone_everywhere(scim: Scim, three: Three) -> None:
    group, (gone, *others) = three
    name = scim.get(f"/Users/{gone}").json["userName"]
    assert scim.request("DELETE", f"/Users/{gone}").status == 204
    assert scim.members(group) == others
    body = {"schemas": [USER], "userName": name}
    answers = [scim.request(method, f"/Users/{gone}", body).status for method in ("GET", "PUT", "DELETE")]
    answers.append(scim.patch(f"/Users/{gone}", {"op": "replace", "path": "title", "value": "x"}).status)
    assert answers == [404] * 4
    assert scim.get(f'/Users?filter=userName+eq+"{name}"').json["totalResults"] == 0


@bug("reactivate-by-post-409")
def test_name_is_taken_while_inactive_and_free_after_delete(scim: Scim) -> None:
    user = scim.user(active=False)
    body = {"schemas": [USER], "userName": user["userName"]}
    assert scim.request("POST", "/Users", body).status == 409
    scim.request("DELETE", f"/Users/{user['id']}")
    assert scim.request("POST", "/Users", body).status == 201


@bug("deactivate-sessions-survive", "deactivate-keeps-api-keys", "reactivate-restores-flag-only")
@bug("suspended-user-keeps-seat-or-listed-active")
@pytest.mark.parametrize("how", ["PATCH", "PUT", "DELETE"])
def test_leaver_is_out_at_once_and_comes_back_whole(monday: Scim, how: str) -> None:
    user = monday.user(active=True)
    monday.clock(MONDAY + timedelta(hours=1))
    log_in = {"shadow_id": user["id"]}
    session = monday.admin("POST", "/connections/{connection}/sessions", log_in).json
    assert monday.admin("GET", f"/sessions/{session['session_id']}").json["valid"] is True
    body = {"schemas": [USER], "userName": user["userName"], "active": False}
    if how == "PATCH":
        monday.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "False"})
    else:
        monday.request(how, f"/Users/{user['id']}", body)
    assert monday.admin("GET", f"/sessions/{session['session_id']}").json["valid"] is False
    assert monday.admin("POST", "/connections/{connection}/sessions", log_in).status >= 400
    if how != "DELETE":
        monday.patch(f"/Users/{user['id']}", {"op": "Replace", "path": "active", "value": "True"})
        monday.clock(MONDAY + timedelta(hours=2))
        assert monday.admin("POST", "/connections/{connection}/sessions", log_in).status < 300


@bug("audit-log-before-failure")
def test_failed_write_is_not_in_the_trail(monday: Scim) -> None:
    user = monday.user()
    before = monday.admin("GET", "/audit").body
    monday.patch(f"/Users/{user['id']}", {"op": "replace", "path": "nonsense", "value": 1})
    assert monday.admin("GET", "/audit").body == before


@bug("error-body-not-scim", "error-status-integer", "error-500-for-client-mistake")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/Users/nobody", None, 404),
        ("GET", "/Nothing/at/all", None, 404),
        ("PUT", "/Users", {}, 405),
        ("POST", "/Users", {"schemas": [USER]}, 400),
        ("POST", "/Users", {"schemas": [USER], "userName": None}, 400),
        ("POST", "/Users", {"schemas": [USER], "userName": {"a": 1}}, 400),
        ("POST", "/Users", {"schemas": [USER], "userName": "e", "emails": [5]}, 400),
        ("POST", "/Users", [], 400),
        ("POST", "/Groups", {"schemas": [GROUP], "displayName": "g", "members": "x"}, 400),
        ("GET", "/Users?filter=(((", None, 400),
        ("PATCH", "/Users/nobody", {"schemas": [PATCH], "Operations": []}, 404),
    ],
)
def test_errors_have_scims_form(scim: Scim, method: str, path: str, body: Any, status: int) -> None:
    reply = scim.request(method, path, body)
    assert (reply.status, reply.json["status"]) == (status, str(status))
    assert reply.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert reply.headers["content-type"].startswith("application/scim+json")
    assert reply.json["detail"]


@bug(
    "media-scim-json-unparsed",
    "media-application-json-refused",
    "content-type-header-mismatch",
    "media-response-type-wrong",
)
@pytest.mark.parametrize(
    "media",
    [
        "application/scim+json",
        "application/scim+json; charset=utf-8",
        "application/json",
        "application/json;charset=UTF-8",
    ],
)
def test_media_types_of_bodies(scim: Scim, media: str) -> None:
    body = {"schemas": [USER], "userName": f"media-{media}"}
    reply = scim.request("POST", "/Users", body, headers={"Content-Type": media})
    assert (reply.status, reply.headers["content-type"]) == (201, "application/scim+json")
    assert scim.request("GET", f"/Users/{reply.json['id']}", headers={"Content-Type": media}).status == 200
    scim.request("DELETE", f"/Users/{reply.json['id']}")


@bug("media-accept-406")
@pytest.mark.parametrize(
    "accept", ["application/scim+json", "application/json", "*/*", "application/*", "text/html, */*;q=0.1"]
)
def test_accept_is_no_reason_to_reject(scim: Scim, accept: str) -> None:
    assert scim.get("/Users?count=1", headers={"Accept": accept}).status == 200


@bug("location-internal-host")
def test_locations_lead_back_to_where_we_asked(scim: Scim) -> None:
    user = scim.user()
    assert user["meta"]["location"] == f"{scim.server.base_url}/Users/{user['id']}"
    assert scim.get(user["meta"]["location"], headers={"X-Forwarded-Host": "evil.example"}).json == user


@bug("trailing-slash-redirect-loses-body")
def test_trailing_slash_is_served(scim: Scim) -> None:
    reply = scim.request("POST", "/Users/", {"schemas": [USER], "userName": "slash"})
    assert reply.status == 201
    assert scim.get(f"/Users/{reply.json['id']}/").status == 200
    scim.request("DELETE", f"/Users/{reply.json['id']}")


@bug("group-parallel-patch-lost-update", "ratelimit-per-member-put-429", "ratelimit-shares-public-bucket")
def test_parallel_members_all_arrive(scim: Scim) -> None:
    group, people = scim.group(), [scim.user()["id"] for _ in range(40)]

    def add(id_: str) -> int:
        return scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": id_}]}).status

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(add, people)) == {204}
    assert scim.members(group) == sorted(people)


@bug("create-race-500-or-double")
def test_parallel_creates_make_one(scim: Scim) -> None:
    body = {"schemas": [USER], "userName": f"race-{next(NUMBERS)}"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: scim.request("POST", "/Users", body).status, range(10)))
    assert sorted(answers) == [201] + [409] * 9


@bug("etag-checked-after-write")
def test_of_two_writers_with_one_version_one_wins(scim: Scim) -> None:
    user = scim.user()
    version = user["meta"]["version"]

    def write(number: int) -> int:
        operation = {"op": "replace", "path": "title", "value": str(number)}
        return scim.patch(f"/Users/{user['id']}", operation, headers={"If-Match": version}).status

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [200] + [412] * 7
    assert (
        scim.patch(
            f"/Users/{user['id']}", {"op": "add", "path": "title", "value": "x"}, headers={"If-Match": "*"}
        ).status
        == 200
    )


@bug("bulk-no-limit-or-wrong-failonerrors")
@pytest.mark.parametrize(("limit", "statuses"), [(None, ["201", "400", "201"]), (1, ["201", "400"])])
def test_bulk_stops_at_fail_on_errors(scim: Scim, limit: int | None, statuses: list[str]) -> None:
    names = (f"b1-{limit}", None, f"b3-{limit}")
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"schemas": [USER], "userName": name}}
        for n, name in enumerate(names)
    ]
    body: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations}
    body |= {} if limit is None else {"failOnErrors": limit}
    assert [held["status"] for held in scim.request("POST", "/Bulk", body).json["Operations"]] == statuses
    most = scim.get("/ServiceProviderConfig").json["bulk"]["maxOperations"]
    too_many = {**body, "Operations": [{"method": "DELETE", "path": "/Users/x"}] * (most + 1)}
    assert scim.request("POST", "/Bulk", too_many).status == 413
