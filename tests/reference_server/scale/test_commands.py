"""`scimulator export` and `scimulator import` as commands: pipes, messages, progress, a server before and after."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from freezegun import freeze_time

from reference_server.embedded import embedded_server
from reference_server.scale.commands import Progress
from reference_server.storage.database import open_tables
from tests.reference_server.scale.exports import (
    BAD,
    content,
    exported,
)
from tests.support import ROOT, Command, Scim


@pytest.mark.slow
def test_a_served_folder_is_exported_imported_and_served_again(scimulator: Command, tmp_path: Path) -> None:
    tokens = ["--token", "scim_tok_moving", "--admin-token", "scim_adm_moving_on"]
    with embedded_server(data=tmp_path / "data", arguments=tokens) as server:
        scim = Scim(server)
        people = [scim.user() for _ in range(3)]
        scim.group(people[0]["id"])
        listed = scim.get("/Users?count=2&cursor=").json
        refused = scimulator("export", "--data", "data")
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
        assert "is in use by process" in refused.stderr
    shown = scimulator("export", "--data", "data", "--output", "moved.jsonl")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert (tmp_path / "moved.jsonl").stat().st_mode & 0o777 == 0o600
    told = scimulator("import", "--data", "new", "moved.jsonl")
    assert told.returncode == 0, told.stderr
    assert told.stdout == shown.stdout.replace("exported", "imported").rstrip() + " verified by reading it back\n"
    with embedded_server(data=tmp_path / "new", arguments=tokens) as server:
        scim = Scim(server)
        following = scim.get(f"/Users?count=2&cursor={listed['nextCursor']}").json
        assert [user["id"] for user in following["Resources"]] == [people[2]["id"]]
        assert scim.get(f"/Users/{people[0]['id']}").json["groups"]
    assert "scim_tok_moving" not in (tmp_path / "moved.jsonl").read_text()


@pytest.mark.slow
def test_a_pipe_will_do_for_both(source: str, moved: bytes, tmp_path: Path) -> None:
    tool = [sys.executable, "-m", "scimulator"]
    with subprocess.Popen(
        [*tool, "export", "--data", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        command = [*tool, "import", "--data", str(tmp_path / "new"), "-"]
        reader = subprocess.run(command, stdin=writer.stdout, capture_output=True, text=True, check=False)
        assert writer.stderr is not None
        assert f"exported {json.loads(moved.splitlines()[-1])['records']:,} records".encode() in writer.stderr.read()
    assert (reader.returncode, reader.stderr, writer.returncode) == (0, "", 0)
    assert content(exported(str(tmp_path / "new"))) == content(moved)


CALLS = {
    "no folder": (["export", "--data", "typo"], "data folder typo: expected a data folder of `scimulator serve"),
    "no such file": (["import", "--data", "new", "missing.jsonl"], "import: missing.jsonl: No such file"),
    "a folder for a file": (["import", "--data", "new", "."], "import: .: Is a directory"),
    "another database": (["export", "--data", "mysql://scim:secret@localhost/scim"], "got mysql://…"),
    "newer file": (["import", "--data", "new", "newer.jsonl"], "newer.jsonl:1: has format 99"),
    "nowhere to write": (
        ["export", "--data", "data", "-o", "/proc/none/moved.jsonl"],
        "export: /proc/none/moved.jsonl: No such file",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "words"), CALLS.values(), ids=CALLS)
def test_what_cannot_be_done_gets_one_line(
    scimulator: Command, tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "newer.jsonl").write_bytes(BAD["newer"][0])
    open_tables(tmp_path / "data").close()
    shown = scimulator(*arguments)
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1)
    assert words in shown.stderr
    assert "secret" not in shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "newer.jsonl"]


def test_progress_is_reported_after_two_seconds_and_once_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    with freeze_time("2026-03-02") as clock:
        told = Progress("importing")
        for done in range(1_000, 7_000, 1_000):
            clock.tick(0.75)
            told(done, 500_000)
    lines = ["  importing     3,000 of 500,000 records", "  importing     5,000 of 500,000 records"]
    assert capsys.readouterr().err.splitlines() == lines


@pytest.mark.parametrize("arguments", [["export"], ["import", "moved.jsonl"]], ids=lambda arguments: arguments[0])
def test_an_empty_name_of_the_folder_is_one_line(scimulator: Command, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "moved.jsonl").write_text("")
    shown = scimulator(*arguments, "--data", "")
    words = "--data: expected a folder or postgresql://…, got an empty string"
    assert (shown.returncode, shown.stderr) == (2, f"scimulator {arguments[0]}: {words}\n")


@pytest.mark.parametrize("command", ["serve", "export", "import"])
def test_help_and_docs_name_the_default_folder(scimulator: Command, command: str) -> None:
    shown = scimulator(command, "--help").stdout
    words = " ".join(shown.replace("│", " ").split())
    assert "By default, the folder is ~/.local/share/scimulator" in words
    assert "`~/.local/share/scimulator`" in (ROOT / "docs" / "serve.md").read_text("utf-8")
