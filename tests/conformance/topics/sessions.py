"""What tests of topics share: a session with a target of the test's own, and answers to filters as the model gives them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.check_api.session import Plan, Session
from conformance.model.definitions import Definitions
from conformance.model.filter_model import matches, parse_filter
from conformance.target.client import Client
from conformance.target.discovery import Attribute, Target
from tests.conformance.published import DEVICE_TARGET, TARGET, USERS
from tests.fake_target import LIST, Answer, FakeTarget, Received

NOWHERE = "http://127.0.0.1:9/scim"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def session(target: FakeTarget | None = None, known: Target = TARGET) -> Session:
    return Session(Client(NOWHERE if target is None else target.url, "token-of-a-test"), known, Plan("run1"))


def attribute(path: str, type_name: str = "User") -> Attribute:
    """An attribute of the published User or Group, or of the invented Device."""
    known = DEVICE_TARGET if type_name == "Device" else TARGET
    return next(found for found in known.attributes(type_name) if found.path == path)


def parameters(request: Received) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def error(status: int, scim_type: str = "", detail: str = "no") -> tuple[int, dict[str, Any]]:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return status, {**body, "scimType": scim_type} if scim_type else body


def filtered(
    resources: list[dict[str, Any]], request: Received, definitions: Definitions = USERS
) -> tuple[int, dict[str, Any]]:
    """The list that a request with a filter must get."""
    tree = parse_filter(parameters(request)["filter"])
    found = [resource for resource in resources if matches(tree, resource, definitions)]
    return 200, {"schemas": [LIST], "totalResults": len(found), "Resources": found}


def users_by_filter(target: FakeTarget, request: Received) -> Answer | str:
    """Answers to lists by the model; everything else is left to the target's memory."""
    if request.method == "GET" and "filter" in parameters(request):
        held = [found for key, found in target.resources.items() if key.startswith("Users/")]
        return filtered(held, request)
    return "well"
