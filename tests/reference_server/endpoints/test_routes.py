"""Paths and methods that are not offered get a SCIM error."""

from __future__ import annotations

import pytest

from tests.support import Scim


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/a/b", 404),
        ("GET", "/Users/" + "x" * 3000, 404),
        ("GET", "/Users/%2e%2e%2fGroups", 404),
        ("GET", "/Users/a%00b", 404),
        ("PUT", "/Users", 405),
        ("TRACE", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("DELETE", "/Schemas", 405),
        ("GET", "/Me", 501),
        ("GET", "/Users?filter=" + "(" * 3000, 400),
        ("GET", "/Users?filter=a&filter=b", 400),
        ("GET", "/Users?count=abc", 400),
        ("GET", "/Users?sortBy=unknown", 400),
        ("GET", "/Users?filter=%ff%fe", 400),
        ("GET", "/Schemas?filter=x", 403),
        ("GET", "/Schemas/unknown", 404),
        ("HEAD", "/Users", 200),
        ("GET", "/", 200),
    ],
)
def test_odd_requests_get_a_scim_answer(scim: Scim, method: str, path: str, status: int) -> None:
    reply = scim.request(method, path)
    assert reply.status == status
    if status >= 400:
        assert reply.json["status"] == str(status)
        assert reply.headers["content-type"] == "application/scim+json"
    if status == 405:
        assert reply.headers["allow"]
