"""/Me is the user that the connection names (RFC 7644 section 3.11)."""

from __future__ import annotations

from tests.support import Scim


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
