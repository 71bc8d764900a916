"""The admin token guards the admin API."""

from __future__ import annotations

from tests.support import Scim


def test_admin_api_needs_its_own_token(scim: Scim) -> None:
    assert scim.request("GET", f"{scim.server.admin_url}/tenants").status == 401
    assert scim.http.request("GET", f"{scim.server.admin_url}/tenants").status == 401


def test_wrong_admin_tokens_are_slowed_and_the_right_one_is_not(monday: Scim) -> None:
    url = f"{monday.server.admin_url}/tenants"
    statuses = [monday.request("GET", url, token="wrong").status for _ in range(101)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert monday.admin("GET", "/tenants").status == 200
