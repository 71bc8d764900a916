"""Answers of a target that fails, and the rule that gives them: what the tests of failures share."""

from __future__ import annotations

from typing import Any

from tests.fake_target import Received, http

SCIM = "SystemForCrossDomainIdentityManagement"
PROBES = 2
ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no", "status": "400"}
HTML = http(200, b"<html><body>Please log in</body></html>", "text/html")


def on(method: str, answer: Any) -> Any:
    """A rule: requests of that method, the probes aside, get this answer."""
    seen = 0

    def rule(request: Received) -> Any:
        nonlocal seen
        seen += 1
        return "well" if request.method != method or (method == "GET" and seen <= PROBES) else answer

    return rule
