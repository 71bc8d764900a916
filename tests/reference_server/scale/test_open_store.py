"""Which stores can be opened: not a partial import, not a missing folder, no database without the drivers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reference_server.storage.tables import FolderNotWritable
from tests.reference_server.scale.exports import (
    DYING,
    exported,
)
from tests.support import Command
from tests.warm_process import run_code


@pytest.mark.slow
def test_a_server_rejects_a_part_of_a_store(scimulator: Command, moved: bytes, tmp_path: Path) -> None:
    (tmp_path / "moved.jsonl").write_bytes(moved)
    assert run_code(DYING, "part", "moved.jsonl", "importing", "1", cwd=tmp_path) == 9
    shown = scimulator("serve", "--port", "0", "--data", "part")
    assert (shown.returncode, shown.stdout, len(shown.stderr.splitlines())) == (2, "", 1)
    assert "run `scimulator import` with the same file again" in shown.stderr


def test_a_folder_that_is_not_there_is_not_made_by_export(tmp_path: Path) -> None:
    with pytest.raises(FolderNotWritable, match="expected a data folder"):
        exported(str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


@pytest.mark.slow
def test_without_the_drivers_the_line_says_what_to_install() -> None:
    code = "import sys; sys.modules.update(sqlalchemy=None, asyncpg=None)\n"
    code += "sys.argv = ['scimulator', 'export', '--data', 'postgresql://scim:secret@localhost/scim']\n"
    code += "import scimulator; scimulator.main()"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (shown.returncode, len(shown.stderr.splitlines())) == (2, 1)
    assert 'pip install "scimulator[postgres]"' in shown.stderr
    assert "secret" not in shown.stderr
