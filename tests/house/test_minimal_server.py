"""The minimal server stays minimal: everything that scim_server.py can import, at any depth, is listed and counted."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = "reference_server.scim_server"
LIBRARIES = {"greenlet", "httptools", "orjson", "starlette", "tinydb", "typer", "uvicorn", "uvloop"}
MOST_FILES = 83
FORBIDDEN = (
    "reference_server.admin",
    "reference_server.app",
    "reference_server.cli",
    "reference_server.embedded",
    "reference_server.faults",
    "reference_server.first_start",
    "reference_server.run",
    "reference_server.scale",
    "reference_server.service",
    "reference_server.sync",
)


def file_of(module: str) -> Path | None:
    """The file of a module of ours, None for anything else."""
    path = ROOT.joinpath(*module.split("."))
    found = [each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()]
    return found[0] if found and module.partition(".")[0] == "reference_server" else None


def imported(path: Path, package: str) -> Iterator[str]:
    """The modules that a file imports, inside functions too; a name imported from a package may be a module of it.

    What a package offers lazily to users of its Python API (`__getattr__`) is not imported by its own modules.
    """
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if not is_lazy(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *(node.module.split(".") if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith("reference_server.")
        ):
            yield node.value  # import_module("reference_server.…") and processes started by module name


def is_lazy(node: ast.stmt) -> bool:
    """Whether a statement of a package runs only when a user of its API asks for a name, or only for type checkers."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"


def closure(start: str) -> dict[str, str]:
    """Module → which module imports it first; with the packages that the modules are in."""
    found: dict[str, str] = {}
    waiting = [(start, "")]
    while waiting:
        module, importer = waiting.pop()
        path = file_of(module)
        if path is None or module in found:
            continue
        found[module] = importer
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        waiting += [(each, module) for each in imported(path, package)]
        if "." in module:
            waiting.append((module.rpartition(".")[0], module))
    return found


def within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def test_the_minimal_server_imports_nothing_of_the_full_one() -> None:
    assert {module: by for module, by in closure(START).items() if within(module, FORBIDDEN)} == {}


def test_the_minimal_server_is_small() -> None:
    found = sorted(closure(START))
    assert len(found) <= MOST_FILES, found


def test_the_minimal_server_needs_few_libraries() -> None:
    sources = (path for module in closure(START) if (path := file_of(module)))
    tops = {module.partition(".")[0] for path in sources for module in imported(path, "")}
    assert tops - sys.stdlib_module_names - {"reference_server", "secrecy", ""} == LIBRARIES


def test_the_minimal_server_is_all_there() -> None:
    found = closure(START)
    for module in ("scim.patch", "scim.filter", "shadow.resources", "endpoints.routes", "storage.journal"):
        assert f"reference_server.{module}" in found


@pytest.mark.parametrize("start", ["reference_server.run", "reference_server.app"])
def test_the_full_server_would_not_pass(start: str) -> None:
    """The test above can fail: what it forbids is found where it is."""
    assert [module for module in closure(start) if within(module, ("reference_server.sync", "reference_server.admin"))]


def test_each_forbidden_name_exists() -> None:
    """The name of a file that has moved would forbid nothing."""
    assert [name for name in FORBIDDEN if file_of(name) is None] == []
