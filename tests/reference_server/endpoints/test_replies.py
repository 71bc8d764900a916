"""Headers of every response, and the origin of locations."""

from __future__ import annotations

import pytest

from reference_server.endpoints.replies import header_lines, resource_reply
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


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\x00b", "a\x7f"])
def test_a_value_with_a_control_character_cannot_forge_a_header(value: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        header_lines([("allow", value)])
    with pytest.raises(ValueError, match="control character"):
        resource_reply(200, b"{}", value, "http://127.0.0.1/Users/1")
