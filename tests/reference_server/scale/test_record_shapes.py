"""A record of the wrong shape is rejected by the import with one line, although the hash of the file is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from tests.reference_server.scale.exports import signed
from tests.support import Scim
from tests.warm_process import run_command

Change = dict[str, Any]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The export of a server that holds a record of every table."""
    data = tmp_path_factory.mktemp("exported") / "data"
    with embedded_server(data=str(data)) as server:
        scim = Scim(server)
        user = scim.user()
        scim.group(user["id"])
        scim.request("DELETE", f"/Users/{scim.user()['id']}")
        assert scim.admin("POST", "/connections/{connection}/sync", {}).status == 200
        assert scim.admin("POST", "/connections/{connection}/sessions", {"shadow_id": user["id"]}).status == 201
    return run_command("export", "--data", str(data)).stdout.encode().splitlines()[:-1]


def changed(lines: list[bytes], table: str, change: Change) -> bytes:
    """The export with one record changed, and with the hash that belongs to it."""
    found = [json.loads(line) for line in lines]
    one = next(line for line in found if "record" in line and line["table"].endswith(table))
    one["record"] = {name: value for name, value in {**one["record"], **change}.items() if value != "MISSING"}
    return signed([json.dumps(line).encode() for line in found])


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("tenants", {"sso_configured": "yes"}),
        ("tenants", {"plan": "MISSING"}),
        ("connections", {"settings": []}),
        ("connections", {"settings": {"sync_every_minutes": "often"}}),
        ("connections", {"token_sha256": "not a hash"}),
        ("connections", {"token_expires_at": "9999-12-31T23:59:59-23:59"}),
        ("connections", {"watermark": -1}),
        ("accounts", {"email": None}),
        ("accounts", {"roles": "admin"}),
        ("accounts", {"updated_at": "yesterday"}),
        ("audit", {"hash": 7}),
        ("runs", {"started_at": "MISSING"}),
        ("sessions", {"account_id": []}),
        ("/User", {"seq": "first"}),
        ("/User", {"resource": []}),
        ("/User", {"resource": {"userName": 7}}),
        ("/Group.members", {"owner": None}),
        ("/Group.members", {"seq": "first"}),
        ("/touched", {"seq": 1.5}),
    ],
)
def test_a_record_of_the_wrong_shape_is_rejected(
    lines: list[bytes], tmp_path: Path, table: str, change: Change
) -> None:
    file = tmp_path / "moved.jsonl"
    file.write_bytes(changed(lines, table, change))
    done = run_command("import", "--data", str(tmp_path / "data"), str(file))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert f": {next(iter(change))}: missing or invalid in this record of " in done.stderr


def test_the_whole_export_fits(lines: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "moved.jsonl"
    file.write_bytes(signed(lines))
    done = run_command("import", "--data", str(tmp_path / "data"), str(file))
    assert done.returncode == 0, done.stderr
