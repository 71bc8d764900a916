"""Headers of every response, and the origin of locations."""

from __future__ import annotations

from tests.support import Scim


def test_headers_keep_people_out_of_caches(scim: Scim) -> None:
    for path in ("/Users", "/Users/unknown", "/Schemas"):
        headers = scim.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_forged_host_does_not_change_locations(scim: Scim) -> None:
    user = scim.user()
    shown = scim.get(f"/Users/{user['id']}", {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}).json
    assert shown["meta"]["location"].startswith(scim.server.base_url)
