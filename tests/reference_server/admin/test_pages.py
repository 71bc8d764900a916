"""What the admin pages show for queries that cannot be answered, beyond the end of a list, and of changed values."""

from __future__ import annotations

import html

import pytest

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
