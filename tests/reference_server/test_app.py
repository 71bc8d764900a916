"""The full server: everything outlives a restart."""

from __future__ import annotations

from pathlib import Path

from reference_server.embedded import embedded_server
from tests.support import MONDAY, Scim


def test_server_keeps_everything_over_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded_server(data=data, virtual_clock_start=MONDAY, arguments=["--token", "scim_tok_x"]) as server:
        scim = Scim(server)
        anna = scim.user(userName="anna@example.com")
        group = scim.group(anna["id"])
        scim.admin("POST", "/connections/{connection}/sync")
    with embedded_server(
        data=data,
        virtual_clock_start=MONDAY,
        arguments=["--token", "scim_tok_x", "--admin-token", "scim_adm_of_the_test"],
    ) as server:
        again = Scim(server)
        assert again.members(group) == [anna["id"]]
        assert again.admin("GET", "/connections/{connection}/accounts").json["total"] == 1
        again.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "active", "value": False})
        assert again.admin("POST", "/connections/{connection}/sync").json["deactivated"] == 1
        assert again.admin("GET", "/audit/verify").json["whole"] is True
