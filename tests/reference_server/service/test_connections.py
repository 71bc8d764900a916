"""Connections and their tokens: rotation, deletion, and what is stored of a token."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from reference_server.embedded import embedded_server
from tests.in_process import House
from tests.support import MONDAY, Scim


def test_rotation_ends_the_old_token_at_once(monday: Scim) -> None:
    new = monday.admin("POST", "/connections/{connection}/rotate").json["token"]
    assert monday.get("/Users").status == 401
    assert monday.request("GET", "/Users", token=new).status == 200


def test_a_new_token_has_not_been_used(monday: Scim) -> None:
    monday.user()
    assert monday.admin("GET", CONNECTION).json["used_at"] is not None
    for wait in (0, 1):
        monday.clock(MONDAY + timedelta(minutes=wait))
        token = monday.admin("POST", f"{CONNECTION}/rotate").json["token"]
        assert monday.admin("GET", CONNECTION).json["used_at"] is None
        monday.request("GET", "/Users", token=token)
        assert monday.admin("GET", CONNECTION).json["used_at"] == (MONDAY + timedelta(minutes=wait)).isoformat()


def test_a_use_of_the_previous_token_that_is_noted_late_does_not_count(at: House) -> None:
    """Another process may not know the new token yet."""
    connections, transaction = at.service.connections, at.service.tables.transaction()
    connections.rotate(transaction, at.connection_id, MONDAY)
    transaction.commit()
    connections.note_use(at.connection_id, MONDAY - timedelta(seconds=1))
    assert connections.used_at(at.connection_id) is None
    connections.note_use(at.connection_id, MONDAY)
    assert connections.used_at(at.connection_id) == MONDAY.isoformat()


def test_deleted_connection_is_gone_with_its_people(monday: Scim) -> None:
    monday.user()
    assert monday.admin("DELETE", "/connections/{connection}").status == 200
    assert monday.get("/Users").status == 401
    assert monday.admin("GET", "/connections").json["items"] == []


def test_tokens_are_on_the_disk_as_hashes_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded_server(data=data, arguments=["--token", "scim_tok_canary_1"]) as server:
        scim = Scim(server)
        scim.user(password="canary_2")
        rotated = scim.admin("POST", "/connections/{connection}/rotate").json["token"]
        secrets = [b"canary_1", b"canary_2", rotated.encode(), server.admin_token.encode()]
    written = b"".join(path.read_bytes() for path in data.iterdir())
    assert [secret for secret in secrets if secret in written] == []
    assert len(written) > 500


CONNECTION = "/connections/{connection}"


def test_token_that_has_ended_is_rejected(monday: Scim) -> None:
    ends = (MONDAY + timedelta(hours=1)).isoformat()
    token = monday.admin("POST", "/connections/{connection}/rotate", {"expires_at": ends}).json["token"]
    assert monday.request("GET", "/Users", token=token).status == 200
    monday.clock(MONDAY + timedelta(hours=1))
    assert monday.request("GET", "/Users", token=token).status == 401


def test_last_use_of_a_token_survives_a_restart(tmp_path: Any) -> None:
    from reference_server.embedded import embedded_server

    arguments = ["--token", "scim_tok_x", "--admin-token", "scim_adm_of_the_test"]
    with embedded_server(data=tmp_path / "data", virtual_clock_start=MONDAY, arguments=arguments) as server:
        scim = Scim(server)
        assert scim.admin("GET", CONNECTION).json["used_at"] is None
        scim.get("/Users")
        assert scim.admin("GET", CONNECTION).json["used_at"] == MONDAY.isoformat()
    later = MONDAY + timedelta(days=1)
    with embedded_server(data=tmp_path / "data", virtual_clock_start=later, arguments=arguments) as server:
        assert Scim(server).admin("GET", CONNECTION).json["used_at"] == MONDAY.isoformat()
