"""The control port: a token of its own, and present only with its flags."""

from __future__ import annotations

from tests.reference_server.support import Start
from tests.support import Scim


def test_control_port_has_its_own_token_and_exists_with_its_flags_only(start: Start, scim: Scim) -> None:
    with start() as faulty:
        url = f"{faulty.server.control_url}/faults"
        assert faulty.request("GET", url, token=faulty.server.admin_token).status == 401
        assert faulty.request("GET", url.replace("/faults", "/clock"), token=faulty.server.control_token).status == 404
    assert scim.server.control_url is None
    gone = scim.request("GET", scim.server.admin_url.replace("/admin/api", "/control/faults"))
    assert gone.status == 404
