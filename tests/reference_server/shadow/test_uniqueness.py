"""The 409 for a value that another resource holds, through every method that writes, in any letter case."""

from __future__ import annotations

import pytest

from tests.support import USER, Scim


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_user_name_of_another_user_is_rejected_with_409(scim: Scim, method: str) -> None:
    held = scim.user()["userName"]
    other = scim.user()
    wanted = held.upper()
    if method == "POST":
        reply = scim.request("POST", "/Users", {"schemas": [USER], "userName": wanted})
    elif method == "PUT":
        reply = scim.request("PUT", f"/Users/{other['id']}", {"schemas": [USER], "userName": wanted})
    else:
        reply = scim.patch(f"/Users/{other['id']}", {"op": "replace", "path": "userName", "value": wanted})
    assert (reply.status, reply.json["scimType"]) == (409, "uniqueness")
    assert scim.get(f"/Users/{other['id']}").json["userName"] == other["userName"]


def test_a_user_may_keep_its_own_name_in_another_letter_case(scim: Scim) -> None:
    user = scim.user()
    reply = scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": user["userName"].upper()})
    assert reply.status in (200, 204)
