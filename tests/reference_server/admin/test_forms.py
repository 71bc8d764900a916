"""Forms of the admin pages: none works from another site, and a wrong one gets one sentence."""

from __future__ import annotations

import html

import pytest

from reference_server.admin.forms import Forms
from tests.reference_server.support import Visitor, mine, paths_of
from tests.support import Scim

CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


FORMS = paths_of(Forms)


def test_no_form_changes_anything_without_its_token_or_from_another_site(visitor: Visitor) -> None:
    for path in FORMS:
        assert visitor.post(mine(visitor, path)).status == 303, "not signed in"
    visitor.sign_in()
    csrf = visitor.csrf()
    for path in FORMS:
        assert visitor.post(mine(visitor, path)).status == 403, path
        assert visitor.post(mine(visitor, path), csrf="wrong").status == 403, path
        assert visitor.post(mine(visitor, path), CROSS_SITE, csrf=csrf).status == 403, path
    scim = Scim(visitor.server)
    assert scim.get("/Users").status == 200, "the token is the same"
    assert len(scim.admin("GET", "/tenants").json["items"]) == 1
    events = scim.admin("GET", "/audit").body.count(b"\n")
    for path in FORMS:
        visitor.get(mine(visitor, path))
    assert scim.admin("GET", "/audit").body.count(b"\n") == events, "reading changes nothing"


@pytest.mark.parametrize(
    ("path", "fields", "status", "words"),
    [
        ("/connections/none/sync", {}, 404, "connection none does not exist"),
        ("/connections/{c}/delete", {}, 400, "select the checkbox to confirm"),
        ("/connections/{c}/groups", {"group-1": "Sales"}, 400, "The group “Sales” grants nothing."),
        ("/connections/{c}/groups", {"group-1": " ", "roles-1": "a, b"}, 400, "No group is named for a, b."),
        ("/tenants", {"name": " "}, 400, "Name: expected a string that is not empty"),
        ("/tenants/none", {"plan": "free"}, 404, "tenant none does not exist"),
    ],
)
def test_wrong_forms_get_one_sentence(
    visitor: Visitor, path: str, fields: dict[str, str], status: int, words: str
) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    reply = visitor.post("/admin" + path.replace("{c}", connection), None, csrf=visitor.csrf(), **fields)
    assert reply.status == status
    assert words in reply.data.decode()


def test_group_mappings_keep_every_row(visitor: Visitor) -> None:
    visitor.sign_in()
    scim, connection = Scim(visitor.server), visitor.server.base_url.rpartition("/")[2]
    rows = [("g1", "a", ""), ("", "", ""), (" g1 ", "c, a", "Berlin"), ("g2", "", "Rome, Rome")]
    fields = {
        f"{name}-{line}": text
        for line, row in enumerate(rows)
        for name, text in zip(("group", "roles", "sites"), row, strict=True)
    }
    path = f"/admin/connections/{connection}/groups"
    assert visitor.post(path, None, csrf=visitor.csrf(), **fields).status == 303
    saved = scim.admin("GET", "/connections/{connection}").json["settings"]["group_mappings"]
    assert saved == {"g1": {"roles": ["a", "c"], "sites": ["Berlin"]}, "g2": {"sites": ["Rome"]}}


SETTINGS = {
    "sync_every_minutes": "60",
    "deactivate_every_minutes": "15",
    "window_start_hour": "6",
    "window_end_hour": "18",
    "brake_users": "500",
    "brake_percent": "30",
}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("window_start_hour", "six", 'First hour: expected an hour from 0 to 23; got "six"'),
        ("window_start_hour", "19", "First hour: expected an hour not later than Last hour"),
        ("window_end_hour", "", 'Last hour: expected an hour from 0 to 23; got ""'),
        ("sync_every_minutes", "0", "Minutes between full syncs: expected a number of minutes from 1 to 1440; got 0"),
        ("deactivate_every_minutes", "²", "Minutes between syncs of deactivated users: expected a number of minutes"),
        ("brake_users", "20000000", "Limit (users): expected a number of users from 0 to 10,000,000; got 20000000"),
        ("brake_users", "9" * 30, "Limit (users): expected a number of users from 0 to 10,000,000; got"),
        ("brake_percent", "101", "Limit (percent of active accounts): expected a percentage from 0 to 100; got 101"),
        ("brake", "go", 'When a sync would exceed a limit: expected one of warn, stop, off; got "go"'),
    ],
)
def test_wrong_settings_are_named_by_the_labels_of_the_page(visitor: Visitor, name: str, text: str, words: str) -> None:
    visitor.sign_in()
    path = f"/admin/connections/{visitor.server.base_url.rpartition('/')[2]}/settings"
    assert f"{words.partition(':')[0]} <" in visitor.get(path).data.decode()
    reply = visitor.post(path, None, csrf=visitor.csrf(), **{**SETTINGS, name: text})
    page = html.unescape(reply.data.decode())
    assert reply.status == 400
    assert words in page
    assert "Bad request" in page
