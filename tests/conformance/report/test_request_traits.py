"""What is special about a request."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.report.request_traits import traits_of
from tests.conformance.made_up_runs import exchange

USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"


def _patch(path: str) -> Any:
    return {"sent": {"Operations": [{"op": "replace", "path": path, "value": "x"}]}}


@pytest.mark.parametrize(
    ("method", "path", "sent", "expected"),
    [
        ("GET", '/Users?filter=userName eq "a"', {}, {"filter"}),
        ("GET", "/Users?filter=", {}, {"filter"}),
        ("GET", f"/Users?filter={USER_URN}:title pr", {}, {"filter", "filter-urn"}),
        ("POST", "/Users/.search", {"sent": {"filter": "title pr"}}, {"filter"}),
        ("POST", "/Users", {"sent": [1]}, {"no-object"}),
        ("POST", "/Users", {"sent": {"userName": "a", "emails": [{"primary": None}]}}, {"null"}),
        ("POST", "/Users", {"sent": {"userName": "a"}}, set()),
        ("PATCH", "/Users/1", _patch('emails[type eq "work"].value'), {"path-filter"}),
        ("PATCH", "/Users/1", _patch("urn:ietf:params:scim:schemas:core:2.0:User:title"), {"path-urn"}),
        ("PATCH", "/Users/1", _patch("DISPLAYNAME"), {"path-case"}),
        ("PATCH", "/Users/1", _patch("name.givenName"), set()),
    ],
)
def test_traits_of_a_request(method: str, path: str, sent: dict[str, Any], expected: set[str]) -> None:
    assert traits_of(exchange(1, method, path, **sent)) == expected
