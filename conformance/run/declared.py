"""Reads from their source what checks declare, without importing them: pytest and what checks use take longer than the rest."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.requirements.advice import advised
from conformance.requirements.catalogue import CheckFacts
from conformance.requirements.profiles import PROFILES, Profile

CHECKS = Path(__file__).parents[1] / "checks"
_FUNCTION = re.compile(r"^def (test_\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Declared:
    """One check function under the first profile that has it; `source` is its syntax tree."""

    profile: str
    folder: str
    file: str
    function: str
    title: str
    facts: CheckFacts
    source: ast.FunctionDef


def declared(mentioning: Iterable[str] = ()) -> list[Declared]:
    """The check functions in the order of the profiles; with `mentioning`, of files that contain one of these words.

    The words are in lower case.
    """
    words, found = tuple(mentioning), dict[str, Declared]()
    folders = dict.fromkeys(folder for profile in PROFILES.values() for folder in profile.folders)
    in_folder = {folder: list(_in_folder(folder, words)) for folder in folders}
    for name, profile in PROFILES.items():
        for check in (check for folder in profile.folders for check in in_folder[folder]):
            if profile.takes(check.folder, {}, check.function) and check.function not in found:
                found[check.function] = replace(check, profile=name)
    return list(found.values())


def functions_of(profile: Profile) -> list[str]:
    """The names of the check functions of a profile."""
    files = [file for folder in profile.folders for file in sorted((CHECKS / folder).glob("test_*.py"))]
    named = [(file, name) for file in files for name in _FUNCTION.findall(file.read_text("utf-8"))]
    return [name for file, name in named if profile.takes(file.parent.name, {}, name)]


def _in_folder(folder: str, words: tuple[str, ...]) -> Iterator[Declared]:
    for file in sorted((CHECKS / folder).glob("test_*.py")):
        text = file.read_text("utf-8")
        if not words or any(word in text.lower() for word in words):
            yield from _in_file(file, ast.parse(text))


def _in_file(file: Path, tree: ast.Module) -> Iterator[Declared]:
    names = _Names(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            facts = advised(_facts(node, names), f"{file.parent.name}/{file.name}")
            title = (ast.get_docstring(node) or node.name.removeprefix("test_").replace("_", " ")).splitlines()[0]
            yield Declared("", file.parent.name, file.name, node.name, title, facts, node)


def _facts(check: ast.FunctionDef, names: _Names) -> CheckFacts:
    """What the decorator `requirement` of a check says."""
    for call in check.decorator_list:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "requirement":
            ids: list[str] = []
            for given in call.args:
                ids += names.value(given.value) if isinstance(given, ast.Starred) else [names.value(given)]
            words = {word.arg: names.value(word.value) for word in call.keywords if word.arg}
            return CheckFacts(tuple(ids), **{"level": "refusal", "consequence": "", **words})
    raise ValueError(f"{check.name}: the check names no requirement")


class _Names(Mapping[str, Any]):
    """The constants of a module, each evaluated when an expression needs it. Only modules that they come from are imported."""

    def __init__(self, module: ast.Module) -> None:
        self._assigned = {
            target.id: node.value
            for node in module.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self._imported = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in module.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    def value(self, expression: ast.expr) -> Any:
        """The value of an expression of the module."""
        if isinstance(expression, ast.Constant):
            return expression.value
        code = compile(ast.Expression(expression), "<check>", "eval")
        return eval(code, {}, self)  # our own source, as an import would evaluate it

    def __getitem__(self, name: str) -> Any:
        if name in self._assigned:
            return self.value(self._assigned[name])
        module, original = self._imported[name]
        return getattr(importlib.import_module(module), original)

    def __iter__(self) -> Iterator[str]:
        return iter({**self._assigned, **self._imported})

    def __len__(self) -> int:
        return len({**self._assigned, **self._imported})
