"""Export: what it writes, and that a failure leaves the file of before."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.support import Command


def test_the_hash_is_over_all_bytes_before_it(moved: bytes) -> None:
    *lines, last = moved.splitlines(keepends=True)
    assert json.loads(last) == {"records": len(lines) - 6, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}


def test_an_export_that_fails_leaves_the_file_of_before(tmp_path: Path, source: str, scimulator: Command) -> None:
    (tmp_path / "kept.jsonl").write_text("the file of yesterday")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "format.json").write_text('{"format": 99}')
    assert scimulator("export", "--data", "data", "-o", "kept.jsonl").returncode == 2
    assert (tmp_path / "kept.jsonl").read_text() == "the file of yesterday"
