"""The folders of the simulator import only downwards, as the table in docs/architecture.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.test_arrows import ROOT, imports, table

FOLDERS = table("simulator folder")
WIRING = {"__init__", "pytest_plugin"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_only_what_its_row_names(folder: str) -> None:
    allowed = FOLDERS[folder] | {folder}
    broken = [
        f"{path.name} imports {module}"
        for path in modules(folder)
        for module in imports(path)
        if module.startswith("simulator.") and module.split(".")[1] not in allowed
    ]
    assert broken == []


def test_every_folder_is_in_the_table() -> None:
    found = {path.stem for path in (ROOT / "simulator").iterdir() if path.name != "__pycache__"}
    assert found - WIRING == set(FOLDERS)


def test_the_table_goes_downwards() -> None:
    """A row names only rows above it: no circle is possible."""
    above: set[str] = set()
    for folder, allowed in FOLDERS.items():
        assert allowed <= above
        above.add(folder)


def test_no_one_asks_which_provider_it_is() -> None:
    asked = ("type(job)", "idp == ", "idp != ", "isinstance(provider", "isinstance(self.provider")
    broken = [
        f"{path.name}: {words}"
        for path in sorted((ROOT / "simulator").rglob("*.py"))
        for words in asked
        if words in path.read_text("utf-8")
    ]
    assert broken == []


def modules(folder: str) -> list[Path]:
    """The modules of a folder, or the one module of that name."""
    single = ROOT / "simulator" / f"{folder}.py"
    return [single] if single.is_file() else sorted((ROOT / "simulator" / folder).rglob("*.py"))
