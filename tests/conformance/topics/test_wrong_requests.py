"""The table of wrong requests: what is sent, what is never sent, and what a server that accepts one has made."""

from __future__ import annotations

import pytest

from conformance.topics.wrong_requests import WrongRequest, about_a_type, about_no_type, optional_endpoints
from tests.conformance.topics.sessions import session
from tests.fake_target import fake_target

DISCOVERY = ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig")


def every_request() -> list[WrongRequest]:
    scim = session()
    return [*about_a_type(scim, "User"), *about_a_type(scim, "Group"), *about_no_type(scim), *optional_endpoints(scim)]


def test_no_request_can_delete_or_replace_what_others_use() -> None:
    """A server that accepts everything must lose nothing: no DELETE of a list, no PUT of a schema."""
    harmful = [
        str(one) for one in every_request() if one.method in ("PUT", "PATCH", "DELETE") and one.path in DISCOVERY
    ]
    harmful += [str(one) for one in every_request() if one.method in ("DELETE", "PATCH") and one.path.count("/") < 2]
    assert [one for one in harmful if "ScimulatorNothing" not in one] == []


def test_requests_differ_by_what_messages_show() -> None:
    shown = [str(one) for one in every_request()]
    assert len({*shown}) > 110
    assert str(WrongRequest("POST", "/Users", raw=b"{", told="broken JSON")) == "POST /Users with broken JSON"


@pytest.mark.parametrize("type_name", ["User", "Group"])
def test_what_was_made_anyway_is_removed(type_name: str) -> None:
    with fake_target() as target:
        scim = session(target)
        target.rule = lambda request: (201, {"id": "made"}) if request.method == "POST" else (204, None)
        for request in about_a_type(scim, type_name):
            request.send(scim)
        assert scim.clean_up() == []
        assert any(line.endswith("/made") for line in target.lines("DELETE"))
