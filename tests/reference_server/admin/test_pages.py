"""What the admin pages show for queries that cannot be answered, beyond the end of a list, and of changed values."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qsl

import pytest

from reference_server.service.audit import ACTORS
from tests.reference_server.support import Visitor, text_of
from tests.support import Scim


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999", "since=soon"])
def test_wrong_queries_get_one_sentence(visitor: Visitor, query: str) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    assert visitor.get(f"/admin/connections/{connection}/audit?{query}").status == 400


def test_a_page_beyond_the_end_says_so_and_leads_to_the_first_page(visitor: Visitor) -> None:
    visitor.sign_in()
    home = "/admin/connections/" + visitor.server.base_url.rpartition("/")[2]
    Scim(visitor.server).user()
    for path in ("next", "people", "conflicts", "runs", "leavers", "audit"):
        first = text_of(visitor, f"{home}/{path}")
        beyond = visitor.get(f"{home}/{path}?q=a&page=999").data.decode()
        assert "This page is beyond the end of the list." not in first
        assert "This page is beyond the end of the list." in beyond, path
        assert f'href="{home}/{path}?q=a&amp;page=1"' in beyond, path
        for claim in ("No users", "No conflicts", "No sync", "No events", "has not pushed", "of 1<"):
            assert claim not in beyond, path


def test_the_audit_page_shows_values_as_words_and_json(visitor: Visitor) -> None:
    visitor.sign_in()
    scim = Scim(visitor.server)
    scim.admin("PATCH", "/connections/{connection}", {"personal_data": True})
    user = scim.user(active=True, title="")
    scim.patch(
        f"/Users/{user['id']}",
        {
            "op": "replace",
            "value": {"active": False, "nickName": "Dan", "roles": [{"value": "admin", "primary": True}]},
        },
    )
    scim.admin("POST", "/connections/{connection}/sync")
    text = html.unescape(text_of(visitor, f"/admin/connections/{visitor.server.base_url.rpartition('/')[2]}/audit"))
    for words in (
        "active: true → false",
        "nickName: none → Dan",
        'roles: none → [{"value": "admin", "primary": true}]',
    ):
        assert words in text
    for python in ("None", "True", "False", "[]"):
        assert f"{python} →" not in text
        assert f"→ {python}" not in text


def test_the_audit_page_offers_every_actor_and_every_kind_of_its_events(visitor: Visitor) -> None:
    visitor.sign_in()
    scim, home = Scim(visitor.server), f"/admin/connections/{visitor.server.base_url.rpartition('/')[2]}"
    scim.user(), scim.group()
    scim.admin("POST", "/connections/{connection}/sync")
    scim.admin("PATCH", "/connections/{connection}", {"brake": "stop"})
    offered = re.findall(r"<option[^>]*>([^<]+)</option>", visitor.get(f"{home}/audit").data.decode())
    events = [json.loads(line) for line in scim.admin("GET", "/audit").body.splitlines()]
    mine = [event for event in events if event["connection_id"]]
    seen = {event["actor"] for event in mine} | {event["kind"].partition(".")[0] for event in mine}
    assert {"first start", "provider", "sync", "manual", "admin", "user", "group"} <= seen <= set(offered)
    assert set(ACTORS) <= set(offered)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("until=2026-03-02", True),
        ("until=2026-03-01", False),
        ("until=+2026-W10-1+", True),
        ("until=2026-03-02T05:00:00Z", False),
        ("until=2026-03-02T05:00:01", True),
        ("since=2026-03-02&until=2026-03-02", True),
        ("since=2026-03-03", False),
        ("until=9999-12-31", True),
    ],
)
def test_the_audit_page_includes_the_last_day(monday: Scim, query: str, shown: bool) -> None:
    visitor = Visitor(monday.server)
    visitor.sign_in()
    page = visitor.get(f"/admin/connections/{monday.server.base_url.rpartition('/')[2]}/audit?{query}").data.decode()
    assert ("connection.created" in page) is shown
    file = re.search(r'href="([^"]+)" download', page)
    assert file
    assert (b"connection.created" in visitor.get(html.unescape(file[1])).data) is shown
    for name, value in parse_qsl(query):
        assert f'name="{name}" value="{value}"' in page
    if query == "until=2026-03-02":
        assert b"connection.created" not in monday.admin("GET", f"/audit?{query}").body, "the API: before this time"


def result_of_sync(visitor: Visitor, home: str) -> str:
    """Press "Sync now", and read the page when the sync has finished."""
    assert visitor.post(f"{home}/sync", None, csrf=visitor.csrf()).status == 303
    text = text_of(visitor, home)
    while "A sync is running" in text:
        text = text_of(visitor, home)
    return text


def test_the_overview_shows_what_the_sync_did_and_nothing_else(visitor: Visitor) -> None:
    visitor.sign_in()
    scim, home = Scim(visitor.server), f"/admin/connections/{visitor.server.base_url.rpartition('/')[2]}"
    tenant = scim.admin("GET", "/connections/{connection}").json["tenant_id"]
    assert "Done: nothing had to change." in result_of_sync(visitor, home)
    user = scim.user()
    assert "Done: 1 created." in result_of_sync(visitor, home)
    assert "Done: nothing had to change." in result_of_sync(visitor, home)
    assert "Done" not in text_of(visitor, home)
    scim.admin("POST", f"/tenants/{tenant}/accounts", {"email": "ada@x.com"})
    for name in ("ada", "eve", "twin"):
        scim.user(userName=name, emails=[{"value": "ada@x.com"}])
    assert "Done: 1 adopted, 2 conflicts." in result_of_sync(visitor, home)
    scim.admin("PATCH", "/connections/{connection}", {"brake": "stop", "brake_users": 0})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    stopped = result_of_sync(visitor, home)
    assert "The last sync was stopped" in stopped
    assert "Done" not in stopped
    assert "Runs that change nothing are listed only if they find conflicts or were stopped." in text_of(
        visitor, f"{home}/runs"
    )
