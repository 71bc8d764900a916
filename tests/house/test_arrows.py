"""Imports go only where the tables of docs/architecture.md allow, and the tables allow nothing that no one imports."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("secrecy", "reference_server", "simulator", "conformance", "loadtests", "live_page")
# What every folder of a package may import.
BESIDE = {
    "reference_server": {"clock", "wrong_tokens", "settings", "storage.prefetch", "storage.tables", "tokens", "turns"},
    "simulator": {"wording"},
}
# Packages with a table of their own, and what may import every folder of the package, because it wires them.
WIRING = {
    "reference_server": {
        "api",
        "app",
        "cli",
        "embedded",
        "first_start",
        "serve_options",
        "lifeline",
        "wrong_tokens",
        "process",
        "run",
        "scim_server",
        "settings",
        "tokens",
        "turns",
        "clock",
        "__main__",
    },
    "conformance": {"api", "pytest_plugin"},
    "live_page": {"command", "run"},
    "loadtests": {"locustfile"},
    "simulator": {"api", "pytest_plugin", "wording"},
}


def table(heading: str) -> dict[str, set[str]]:
    """First column → names of the second, of the table whose header begins with `heading`."""
    rows: dict[str, set[str]] = {}
    inside = False
    for line in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == heading:
            inside = True
        elif inside and not cells:
            inside = False
        elif inside and not cells[0].startswith("-"):
            rows[cells[0]] = {name.strip() for name in cells[1].split(",") if name.strip()}
    return rows


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, at any depth."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


def may(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in allowed)


def broken_package_rules(package: str, path: Path, allowed: set[str]) -> list[str]:
    return [
        f"{path.name} imports {module}"
        for module in imports(path)
        if module.partition(".")[0] in PACKAGES and module.partition(".")[0] != package and not may(module, allowed)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_its_row_names(package: str) -> None:
    allowed = table("package")[package]
    broken = [
        rule for path in sorted((ROOT / package).rglob("*.py")) for rule in broken_package_rules(package, path, allowed)
    ]
    assert broken == []


@pytest.mark.parametrize("package", WIRING)
def test_a_folder_imports_only_what_its_row_names(package: str) -> None:
    allowed = table(f"folder of {package}")
    broken = []
    for path in sorted((ROOT / package).rglob("*.py")):
        folder = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        if folder == "__init__" or folder in WIRING[package]:
            continue
        assert folder in allowed, f"{folder} is not in the table"
        for module in imports(path):
            name = module.removeprefix(f"{package}.")
            if name != module and not may(name, {folder, *allowed[folder], *BESIDE.get(package, ())}):
                broken.append(f"{path.name} imports {module}")
    assert broken == []


@pytest.mark.parametrize("package", WIRING)
def test_the_folders_of_a_package_form_no_circle(package: str) -> None:
    TopologicalSorter(table(f"folder of {package}")).prepare()  # raises CycleError


@pytest.mark.parametrize("package", WIRING)
def test_every_folder_has_a_row(package: str) -> None:
    found = {path.relative_to(ROOT / package).parts[0].removesuffix(".py") for path in (ROOT / package).rglob("*.py")}
    assert found - WIRING[package] - {"__init__"} == set(table(f"folder of {package}"))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_everything_that_its_row_names(package: str) -> None:
    used = {module for path in (ROOT / package).rglob("*.py") for module in imports(path)}
    assert [name for name in sorted(table("package")[package]) if not any(may(module, {name}) for module in used)] == []


@pytest.mark.parametrize("package", WIRING)
def test_a_folder_imports_everything_that_its_row_names(package: str) -> None:
    used: dict[str, set[str]] = {}
    for path in (ROOT / package).rglob("*.py"):
        folder = path.relative_to(ROOT / package).parts[0].removesuffix(".py")
        used.setdefault(folder, set()).update(module.removeprefix(f"{package}.") for module in imports(path))
    unused = [
        f"{folder}: {name}"
        for folder, names in table(f"folder of {package}").items()
        for name in sorted(names)
        if not any(may(module, {name}) for module in used[folder])
    ]
    assert unused == []


def test_the_protocol_core_is_pure() -> None:
    banned = {
        "starlette",
        "uvicorn",
        "tinydb",
        "orjson",
        "time",
        "random",
        "secrets",
        "uuid",
        "asyncio",
        "os",
        "socket",
    }
    broken = [
        f"{path.name} imports {module}"
        for path in (ROOT / "reference_server" / "scim").rglob("*.py")
        for module in imports(path)
        if module.partition(".")[0] in banned
    ]
    assert broken == []


def test_the_protocol_core_knows_no_resource_by_name() -> None:
    names = ("User", "Group", "userName", "members", "manager")
    broken = [
        f"{path.name}: {node.value}"
        for path in (ROOT / "reference_server" / "scim").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert broken == []


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def late():\n    from reference_server.scim.filter import parse_filter\n")
    assert broken_package_rules("conformance", path, table("package")["conformance"]) != []
