"""The people of a connection: search, and one person beside the account."""

from __future__ import annotations

from tests.reference_server.support import Visitor
from tests.support import Scim


def test_people_are_found_and_shown_beside_their_accounts(visitor: Visitor) -> None:
    visitor.sign_in()
    scim = Scim(visitor.server)
    ada = scim.user(userName="ada@x.com", displayName="Ada Lovelace")
    scim.user(userName="eve@x.com", displayName="Eve")
    scim.admin("POST", "/connections/{connection}/sync")
    people = f"/admin/connections/{visitor.server.base_url.rpartition('/')[2]}/people"
    found = visitor.get(f"{people}?q=LOVELACE").data.decode()
    assert "Ada Lovelace" in found
    assert "Eve" not in found
    page = visitor.get(f"{people}/{ada['id']}")
    assert page.status == 200
    assert "No differences: the account matches the provider's data." in page.data.decode()
    assert visitor.get(f"{people}/nobody").status == 404
