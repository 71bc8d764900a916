"""Pages of a connection: an unknown one is a page with one sentence, pages are numbered from 1, numbers and nouns agree."""

from __future__ import annotations

import pytest

from tests.reference_server.support import Visitor, text_of
from tests.support import Scim


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{connection}", 200),
        ("{connection}/people?page=1", 200),
        ("{connection}/people?page=0", 400),
        ("nonsense", 404),
    ],
)
def test_pages_of_a_connection(visitor: Visitor, path: str, status: int) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    assert visitor.get("/admin/connections/" + path.replace("{connection}", connection)).status == status


def test_numbers_and_nouns_agree(visitor: Visitor) -> None:
    visitor.sign_in()
    home = "/admin/connections/" + visitor.server.base_url.rpartition("/")[2]
    scim = Scim(visitor.server)
    for last, users in (("requests", "0 users"), ("request", "1 user"), ("2 requests", "2 users")):
        assert f"This page shows the last {last} with a valid token." in text_of(visitor, f"{home}/traffic")
        assert f"{users}, token last used" in text_of(visitor, "/admin/")
        scim.user()
