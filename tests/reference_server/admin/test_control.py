"""The control port: a token of its own, and present only with its flags."""

from __future__ import annotations

import pytest

from tests.reference_server.support import Start
from tests.support import Scim


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "now: expected a time like"),
        ({"now": "2026-03-02T06:00:00Z", "then": 1}, "then: unknown member of the body; expected one of now"),
    ],
)
def test_a_wrong_request_to_the_clock_gets_one_line(monday: Scim, body: dict[str, str], words: str) -> None:
    clock = f"{monday.server.control_url}/clock"
    reply = monday.request("POST", clock, body, token=monday.server.control_token)
    assert reply.status == 400
    assert words in reply.json["error"]


def test_control_port_has_its_own_token_and_exists_with_its_flags_only(start: Start, scim: Scim) -> None:
    with start() as faulty:
        url = f"{faulty.server.control_url}/faults"
        assert faulty.request("GET", url, token=faulty.server.admin_token).status == 401
        assert faulty.request("GET", url.replace("/faults", "/clock"), token=faulty.server.control_token).status == 404
    assert scim.server.control_url is None
    gone = scim.request("GET", scim.server.admin_url.replace("/admin/api", "/control/faults"))
    assert gone.status == 404
