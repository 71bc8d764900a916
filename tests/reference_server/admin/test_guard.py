"""The admin token guards the admin API."""

from __future__ import annotations

from reference_server.admin.guard import MAX_WRONG_TOKENS
from tests.support import Scim


def test_admin_api_needs_its_own_token(scim: Scim) -> None:
    assert scim.request("GET", f"{scim.server.admin_url}/tenants").status == 401
    assert scim.http.request("GET", f"{scim.server.admin_url}/tenants").status == 401


def test_messages_name_the_token_that_is_wrong(monday: Scim) -> None:
    server = monday.server
    for url, name in ((f"{server.admin_url}/tenants", "admin token"), (f"{server.control_url}/clock", "control token")):
        reply = monday.request("GET", url, token="wrong")
        assert (reply.status, reply.json) == (401, {"error": f"the {name} is missing or wrong"})


def test_a_request_without_a_token_is_no_guess(monday: Scim) -> None:
    url = f"{monday.server.admin_url}/tenants"
    assert {monday.http.request("GET", url).status for _ in range(MAX_WRONG_TOKENS + 1)} == {401}
    assert monday.admin("GET", "/tenants").status == 200
