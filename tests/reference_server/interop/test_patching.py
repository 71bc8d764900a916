"""Known bugs of other servers around PATCH and PUT of users: this one does not have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import ENTERPRISE, PATCH, USER, Scim

bug = pytest.mark.bug
WORK = 'emails[type eq "work"]'
TWO = [{"value": "w@x.example", "type": "work", "primary": True}, {"value": "h@x.example", "type": "home"}]


def patched(scim: Scim, user: dict[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
    """What an independent GET shows after a PATCH that succeeded."""
    reply = scim.patch(f"/Users/{user['id']}", *operations)
    assert reply.status == 200, reply.body
    shown: dict[str, Any] = scim.get(f"/Users/{user['id']}").json
    assert shown == reply.json
    return shown


@bug(
    "patch-active-string-false",
    "patch-add-on-singular-rejected",
    "patch-active-noop-200",
    "patch-no-path-replace-ignored",
)
@bug("patch-deactivate-answers-404", "deactivate-treated-as-delete", "patch-only-active-supported")
@pytest.mark.parametrize("op", ["replace", "Replace", "add", "Add"])
@pytest.mark.parametrize("value", [False, "False", "false", "FALSE"])
@pytest.mark.parametrize("form", ["active", "ACTIVE", f"{USER}:active", None])
def test_whatever_means_deactivate_deactivates(scim: Scim, op: str, value: Any, form: str | None) -> None:
    user = scim.user(active=True, title="x")
    operation = {"op": op, "value": {"active": value}} if form is None else {"op": op, "path": form, "value": value}
    assert patched(scim, user, operation)["active"] is False
    assert scim.get(f'/Users?filter=userName+eq+"{user["userName"]}"').json["totalResults"] == 1
    assert patched(scim, user, {"op": "Replace", "path": "active", "value": "True"})["active"] is True


@bug("patch-active-string-false", "error-500-for-client-mistake")
@pytest.mark.parametrize("value", ["no", "", None, 0, 1, [], {}, [False], {"active": False}, "Fal se"])
def test_what_is_no_boolean_never_leaves_someone_active_with_a_2xx(scim: Scim, value: Any) -> None:
    user = scim.user(active=True)
    reply = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": value})
    shown = scim.get(f"/Users/{user['id']}").json
    if reply.status == 200:
        assert shown.get("active") is not True
    else:
        assert (reply.status, shown) == (400, user)


@bug("patch-dotted-keys-stored-literally", "patch-two-attributes-one-request-misread")
def test_keys_of_a_pathless_value_are_paths(scim: Scim) -> None:
    value = {
        "name.givenName": "Ada",
        f"{ENTERPRISE}:department": "Legal",
        "active": "False",
        "userName": "moved@x.example",
    }
    shown = patched(scim, scim.user(name={"familyName": "L"}), {"op": "replace", "value": value})
    assert shown["name"] == {"familyName": "L", "givenName": "Ada"}
    assert (shown[ENTERPRISE], shown["active"], shown["userName"]) == (
        {"department": "Legal"},
        False,
        "moved@x.example",
    )
    scim.request("DELETE", f"/Users/{shown['id']}")


@bug(
    "patch-filter-no-match-not-created",
    "patch-filter-no-match-appended-every-time",
    "patch-emails-write-not-implemented",
)
@bug("patch-type-subattribute-dropped")
@pytest.mark.parametrize("op", ["Add", "Replace"])
def test_element_that_is_not_there_is_made_once(scim: Scim, op: str) -> None:
    user = scim.user()
    operations = [
        {"op": op, "path": f"{WORK}.value", "value": "a@x.example"},
        {"op": op, "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1"},
        {"op": op, "path": 'addresses[type eq "work"].country', "value": "NO"},
    ]
    once = patched(scim, user, *operations)
    assert once["emails"] == [{"type": "work", "value": "a@x.example"}]
    assert once["addresses"] == [{"type": "work", "country": "NO"}]
    assert patched(scim, user, *operations) == once


@bug("patch-filter-no-match-not-created")
def test_strict_server_says_no_target(strict: Scim) -> None:
    user = strict.user()
    reply = strict.patch(f"/Users/{user['id']}", {"op": "replace", "path": f"{WORK}.value", "value": "a@x.example"})
    assert (reply.status, reply.json["scimType"]) == (400, "noTarget")


@bug("patch-replace-filter-wipes-siblings", "patch-filter-only-first-match", "patch-adds-null-subattributes")
@bug("patch-roundtrip-drops-unmapped")
def test_only_what_is_meant_changes(scim: Scim) -> None:
    four = [{"value": f"{n}@x.example", "type": "work" if n < 2 else "home"} for n in range(4)]
    user = scim.user(emails=four, roles=[{"value": "r1"}], nickName="n")
    shown = patched(
        scim, user, {"op": "replace", "path": 'emails[value eq "3@x.example"]', "value": {"value": "9@x.example"}}
    )
    assert [held["value"] for held in shown["emails"]] == ["0@x.example", "1@x.example", "2@x.example", "9@x.example"]
    shown = patched(scim, user, {"op": "replace", "path": f"{WORK}.display", "value": "d"})
    assert [held.get("display") for held in shown["emails"]] == ["d", "d", None, None]
    shown = patched(scim, user, {"op": "replace", "path": "active", "value": False})
    assert (shown["roles"], shown["nickName"]) == ([{"value": "r1"}], "n")
    assert all(None not in held.values() for held in shown["emails"])


@bug(
    "patch-missing-value-accepted",
    "patch-remove-silently-skipped",
    "patch-malformed-path-falls-through",
    "patch-unknown-path-2xx",
)
@bug("patch-path-prototype-pollution", "error-detail-blames-wrong-value", "patch-readonly-id-rejected")
@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "displayName"}, "invalidValue"),
        ({"op": "add", "path": "displayName"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "emails[broken!!!", "value": {"value": "x"}}, "invalidPath"),
        ({"op": "replace", "path": "nonsense", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "__proto__.admin", "value": True}, "invalidPath"),
        ({"op": "replace", "path": "constructor.prototype.admin", "value": True}, "invalidPath"),
        ({"op": "replace", "value": {"id": "another"}}, "mutability"),
        ({"op": "frobnicate", "path": "title", "value": "x"}, "invalidSyntax"),
    ],
)
def test_what_cannot_be_done_is_400_and_changes_nothing(scim: Scim, operation: dict[str, Any], scim_type: str) -> None:
    user = scim.user(title="old")
    reply = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "new"}, operation)
    assert (reply.status, reply.json["scimType"]) == (400, scim_type)
    assert scim.get(f"/Users/{user['id']}").json == user


@bug("patch-not-atomic")
def test_all_operations_or_none(scim: Scim) -> None:
    user = scim.user(title="old")
    bad = {"op": "replace", "path": "active", "value": "perhaps"}
    assert scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "new"}, bad).status == 400
    assert scim.get(f"/Users/{user['id']}").json == user


@bug("patch-extension-urn-path-rejected", "patch-core-urn-prefix-rejected", "patch-pathful-subattribute-500")
@pytest.mark.parametrize(
    ("path", "read"),
    [
        (f"{ENTERPRISE}:costCenter", lambda shown: shown[ENTERPRISE]["costCenter"]),
        (f"{ENTERPRISE.upper()}:costcenter", lambda shown: shown[ENTERPRISE]["costCenter"]),
        (f"{USER}:displayName", lambda shown: shown["displayName"]),
        (f"{USER}:name.familyName", lambda shown: shown["name"]["familyName"]),
        ("name.familyName", lambda shown: shown["name"]["familyName"]),
    ],
)
def test_paths_in_every_spelling(scim: Scim, path: str, read: Any) -> None:
    assert read(patched(scim, scim.user(), {"op": "Replace", "path": path, "value": "New"})) == "New"


@bug("patch-manager-as-string")
@pytest.mark.parametrize("form", [lambda id_: id_, lambda id_: {"value": id_}, lambda id_: [{"value": id_}]])
def test_manager_in_every_form(scim: Scim, form: Any) -> None:
    boss = scim.user(displayName="Boss")
    expected = {"value": boss["id"], "$ref": boss["meta"]["location"], "displayName": "Boss"}
    shown = patched(scim, scim.user(), {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": form(boss["id"])})
    assert shown[ENTERPRISE]["manager"] == expected
    assert scim.user(**{ENTERPRISE: {"manager": form(boss["id"])}})[ENTERPRISE]["manager"] == expected


@bug("patch-remove-silently-skipped", "patch-attributes-param-returns-204", "patch-204-where-validator-wants-200")
def test_removal_and_chosen_attributes(scim: Scim) -> None:
    user = scim.user(externalId="e", title="t")
    assert "externalId" not in patched(scim, user, {"op": "remove", "path": "externalId"})
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "u"}]}
    reply = scim.request("PATCH", f"/Users/{user['id']}?attributes=userName", body)
    assert (reply.status, reply.json.keys()) == (200, {"schemas", "id", "userName"})


@bug("patch-primary-not-moved", "create-two-primaries-accepted", "patch-primary-string-true-in-filter")
def test_primary_is_one(scim: Scim) -> None:
    user = scim.user(emails=TWO, roles=[{"value": "a", "primary": True}, {"value": "b"}])
    shown = patched(scim, user, {"op": "replace", "path": 'emails[type eq "home"].primary', "value": "True"})
    assert [held.get("primary", False) for held in shown["emails"]] == [False, True]
    shown = patched(scim, user, {"op": "replace", "path": 'roles[primary eq "True"].display', "value": "Admin"})
    assert [held.get("display") for held in shown["roles"]] == ["Admin", None]
    both = [{"value": address, "primary": True} for address in ("a@x.example", "b@x.example")]
    reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": "two-primaries", "emails": both})
    assert (reply.status, reply.json["scimType"]) == (400, "invalidValue")


@bug("patch-subattributes-in-separate-ops", "patch-colon-or-dot-in-filter-value")
def test_element_in_pieces_and_odd_filter_values(scim: Scim) -> None:
    pieces = [("primary", "true"), ("type", "work"), ("value", "a@x.example")]
    user = scim.user()
    shown = patched(scim, user, *({"op": "Add", "path": f"{WORK}.{name}", "value": value} for name, value in pieces))
    assert shown["emails"] == [{"type": "work", "primary": True, "value": "a@x.example"}]
    for value in ("3675:admin", "a.b@x.y", "a]b", 'a"b'.replace('"', "'")):
        shown = patched(scim, user, {"op": "add", "path": f'roles[value eq "{value}"].display', "value": "d"})
        assert {"value": value, "display": "d"} in shown["roles"]


@bug("patch-add-acts-as-replace", "patch-unknown-attribute-rejects-all")
def test_add_appends_and_unknown_names_do_not_spoil_the_rest(scim: Scim) -> None:
    user = scim.user(emails=TWO[:1])
    shown = patched(scim, user, {"op": "add", "value": {"emails": TWO[1:], "favouriteColour": "red", "title": "t"}})
    assert ([held["type"] for held in shown["emails"]], shown["title"]) == (["work", "home"], "t")
    assert "favouriteColour" not in shown
    fax = patched(scim, user, {"op": "add", "path": 'phoneNumbers[type eq "fax"].value', "value": "+2"})
    assert fax["phoneNumbers"] == [{"type": "fax", "value": "+2"}]


@bug(
    "put-not-implemented",
    "put-readonly-rejected",
    "put-groups-attribute-changes-membership",
    "put-reset-provider-fields",
)
def test_put_of_what_was_read_changes_nothing(scim: Scim) -> None:
    user = scim.user(title="t", active=False)
    scim.group(user["id"])
    read = scim.get(f"/Users/{user['id']}").json
    assert scim.request("PUT", f"/Users/{user['id']}", read).json == read
    assert scim.request("PUT", f"/Users/{user['id']}", {**read, "groups": [], "id": "x"}).json == read
    assert patched(scim, user, {"op": "replace", "path": "active", "value": True})["title"] == "t"


@bug("put-missing-active-reactivates", "put-partial-name-clears-or-merges", "put-creates-resource")
def test_put_replaces_but_never_reactivates(scim: Scim) -> None:
    user = scim.user(active=False, name={"givenName": "A", "familyName": "B"}, title="t")
    body = {"schemas": [USER], "userName": user["userName"], "name": {"givenName": "C"}}
    shown = scim.request("PUT", f"/Users/{user['id']}", body).json
    assert (shown["active"], shown["name"], "title" in shown) == (False, {"givenName": "C"}, False)
    assert scim.request("PUT", "/Users/nobody", body).status == 404
    assert scim.request("POST", "/Users", {**body, "userName": "own-id", "id": "mine"}).json["id"] != "mine"


@bug("patch-role-escalation")
def test_roles_are_data_and_grant_nothing(monday: Scim) -> None:
    user = monday.user()
    patched(monday, user, {"op": "add", "path": "roles", "value": [{"value": "owner"}]})
    monday.admin("POST", "/connections/{connection}/sync")
    (account,) = monday.admin("GET", "/connections/{connection}/accounts").json["items"]
    assert "owner" not in str(account)
