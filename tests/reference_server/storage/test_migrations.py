"""Data in an older format is migrated at the first start; data in a newer format is rejected."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reference_server.embedded import embedded_server
from reference_server.service.connections import Connection
from reference_server.storage.database import open_tables
from reference_server.storage.folder import FORMAT
from reference_server.storage.migrations import MIGRATIONS
from reference_server.storage.tables import Record
from tests.in_process import house
from tests.support import MONDAY, Command, Scim

FIXTURES = Path(__file__).parents[2] / "fixtures" / "store"
CONNECTION = "scim_conn_96e85ae79d517d81"  # the first one of format-1, used and synced; the other was never used
UNUSED = "scim_conn_fac13291af6ef734"
TOKENS = ["--token", "scim_tok_fixture", "--admin-token", "scim_adm_fixture"]
FIELDS = {"token_sha256", *Connection.__dataclass_fields__}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder that a server of format 1 wrote: a snapshot and a journal."""
    return Path(shutil.copytree(FIXTURES / "format-1", tmp_path / "data"))


def format_of(folder: Path) -> int:
    return int(json.loads((folder / "format.json").read_text())["format"])


def page(scim: Scim, path: str) -> str:
    """The page of a connection, as an admin sees it."""
    origin = scim.server.admin_url.removesuffix("/admin/api")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"token={scim.server.admin_token}".encode()
    signed_in = scim.request("POST", f"{origin}/admin/sign-in", raw=body, headers=form)
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    shown = scim.request("GET", f"{origin}/admin/connections/{path}", headers={"Cookie": cookie})
    assert shown.status == 200
    return shown.body.decode()


def connections(folder: Path) -> list[Record]:
    tables = open_tables(folder)
    try:
        return list(tables.table("connections"))
    finally:
        tables.close()


def test_a_step_leads_out_of_every_older_format() -> None:
    assert list(MIGRATIONS) == list(range(1, FORMAT))


def test_the_fixture_is_of_the_older_shape() -> None:
    """Else the tests below would show nothing."""
    text = (FIXTURES / "format-1" / "journal-000002.log").read_text()
    written = [record for line in text.splitlines() for _, _, record in json.loads(line.split(" ", 3)[3])]
    unused = next(record for record in written if record and record["id"] == UNUSED)
    assert unused.keys() < FIELDS


def test_connections_of_format_1_hold_all_fields_afterwards_and_say_the_same(old: Path) -> None:
    first, second = connections(old)
    assert set(first) == set(second) == FIELDS
    assert (first["watermark"], first["deactivation_watermark"], first["ticked_at"]) == (
        13,
        15,
        "2026-03-02T08:15:00+00:00",
    )
    assert first["settings"] == {
        "group_mappings": {"Engineers": {"roles": ["engineer"], "sites": [], "boards": []}},
        "me": "ada@example.com",
    }
    assert (second["watermark"], second["ticked_at"], second["used_at"], second["settings"]) == (0, None, None, {})
    assert format_of(old) == FORMAT
    assert connections(old) == [first, second]


def test_a_new_connection_holds_what_a_migrated_one_does(tmp_path: Path) -> None:
    with house(data=tmp_path):
        pass
    assert set(connections(tmp_path)[0]) == FIELDS


def test_a_setting_that_no_version_knows_is_removed(old: Path) -> None:
    tables = open_tables(old)
    held = tables.table("connections").get(CONNECTION)
    assert held
    transaction = tables.transaction()
    transaction.put(tables.table("connections"), {**held, "settings": {**held["settings"], "forgotten": 1}})
    transaction.commit()
    tables.close()
    (old / "format.json").write_text('{"format": 1}')
    assert connections(old)[0]["settings"] == held["settings"]


@pytest.mark.slow
def test_a_server_over_migrated_data_has_everything(old: Path) -> None:
    with embedded_server(data=old, virtual_clock_start=MONDAY.replace(hour=10), arguments=TOKENS) as server:
        scim = Scim(server)
        users = scim.get("/Users").json["Resources"]
        assert [user["displayName"] for user in users] == ["Ada Łukasiewicz", "Bo Ibáñez", "Cem Öz", "Dee Dee"]
        groups = {group["displayName"]: len(group["members"]) for group in scim.get("/Groups").json["Resources"]}
        assert groups == {"Engineers": 2, "Everybody": 2}
        assert scim.get("/Me").json["userName"] == "ada@example.com"
        shown = scim.admin("GET", "/connections/{connection}").json
        assert (shown["watermark"], shown["settings"]["me"]) == (13, "ada@example.com")
        assert len(scim.admin("GET", "/connections").json["items"]) == 2
        assert scim.admin("GET", "/connections/{connection}/accounts").json["total"] == 5
        assert scim.admin("GET", "/audit/verify").json["whole"] is True
        assert "Second" in page(scim, UNUSED)
        assert "engineer" in page(scim, f"{CONNECTION}/groups")
        made = scim.user()
        assert [run["created"] for run in scim.clock(MONDAY.replace(hour=11))] == [1]
        scim.request("DELETE", f"/Users/{made['id']}")
    assert format_of(old) == FORMAT


DYING = """
import os, sys
from pathlib import Path
from reference_server.storage.database import open_tables
def fault(point):
    if point == sys.argv[2]:
        os._exit(9)
open_tables(Path(sys.argv[1]), fault=fault)
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["mid_compaction", "before_rename", "after_rename", "before_format"])
def test_a_migration_that_was_killed_is_done_by_the_next_start(old: Path, point: str) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, str(old), point], check=False)
    assert (died.returncode, format_of(old)) == (9, 1)
    assert all(set(record) == FIELDS for record in connections(old))
    assert format_of(old) == FORMAT


def test_data_whose_mark_was_lost_is_taken_for_the_oldest(old: Path) -> None:
    (old / "format.json").unlink()
    assert all(set(record) == FIELDS for record in connections(old))
    assert format_of(old) == FORMAT


@pytest.mark.slow
def test_a_folder_of_format_2_keeps_everything_and_is_rewritten(tmp_path: Path) -> None:
    """A snapshot and a journal, as the version before head.json left them."""
    data = Path(shutil.copytree(FIXTURES / "format-2", tmp_path / "data"))
    with embedded_server(data=data, virtual_clock_start=MONDAY.replace(hour=10), arguments=TOKENS) as server:
        scim = Scim(server)
        users = scim.get("/Users").json["Resources"]
        assert [user["displayName"] for user in users] == ["Ada Łukasiewicz", "Bo Ibáñez", "Cem Öz"]
        assert scim.admin("GET", "/audit/verify").json["whole"] is True
        scim.user()
    assert format_of(data) == FORMAT
    assert (data / "head.json").exists()
    tables = open_tables(data)
    assert len(tables.table("connections")) == 1
    tables.close()


@pytest.mark.slow
def test_the_sync_sees_memberships_of_format_3_and_new_ones(tmp_path: Path) -> None:
    """In the folder, Ada has left a group and Bo has joined it since the last sync. Cem joins it after the migration."""
    data = Path(shutil.copytree(FIXTURES / "format-3", tmp_path / "data"))
    with embedded_server(data=data, virtual_clock_start=MONDAY.replace(hour=8), arguments=TOKENS) as server:
        scim = Scim(server)
        (group,) = scim.get("/Groups").json["Resources"]
        assert engineers(scim) == {"Ada Łukasiewicz"}
        assert [run["updated"] for run in scim.clock(MONDAY.replace(hour=9)) if run["updated"]] == [2]
        assert engineers(scim) == {"Bo Ibáñez"}
        cem = scim.get("/Users?filter=userName+eq+%22cem@example.com%22").json["Resources"][0]["id"]
        joins = {"op": "add", "path": "members", "value": [{"value": cem}]}
        assert scim.patch(f"/Groups/{group['id']}", joins).status == 204
        assert [run["updated"] for run in scim.clock(MONDAY.replace(hour=10)) if run["updated"]] == [1]
        assert engineers(scim) == {"Bo Ibáñez", "Cem Öz"}
    assert format_of(data) == FORMAT


def engineers(scim: Scim) -> set[str]:
    accounts = scim.admin("GET", "/connections/{connection}/accounts").json["items"]
    return {account["display_name"] for account in accounts if account["roles"] == ["engineer"]}


def too_new(folder: Path) -> None:
    (folder / "format.json").write_text('{"format": 99, "program": "scimulator"}')


def unmarked(folder: Path) -> None:
    (folder / "format.json").write_text('{"format": "two"}')


@pytest.mark.slow
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["export"]], ids=["serve", "export"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (too_new, f"has format 99, but this version supports only formats up to {FORMAT}"),
        (unmarked, "expected a JSON object with a format"),
    ],
    ids=["newer", "unreadable"],
)
def test_a_folder_of_no_format_that_is_known_gets_one_line(
    scimulator: Command, old: Path, command: list[str], change: Callable[[Path], None], words: str
) -> None:
    change(old)
    before = {path.name: path.read_bytes() for path in old.iterdir() if path.name != "lock"}
    shown = scimulator(*command, "--data", str(old))
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1)
    assert words in shown.stderr
    assert {path.name: path.read_bytes() for path in old.iterdir() if path.name != "lock"} == before
