"""`scimulator mapping` as a person runs it: export, import, and a tried expression."""

from __future__ import annotations

from pathlib import Path

from tests.fake_target import fake_target
from tests.simulator.command_line import at, run


def test_mapping_is_exported_and_imported_and_tried(tmp_path: Path) -> None:
    exported = run("mapping")
    (tmp_path / "schema.json").write_text(exported.stdout, "utf-8")
    assert run("mapping", str(tmp_path / "schema.json")).stdout == exported.stdout
    with fake_target() as target:
        shown = run("simulate", "leaver", *at(target), "--days", "1", "--mapping", str(tmp_path / "schema.json"))
        assert "converged                   yes" in shown.stdout
    tried = run(
        "mapping", "--evaluate", 'Join(".", [givenName], [surname])', "--value", "givenName=A", "--value", "surname=B"
    )
    assert tried.stdout == '"A.B"\n'
