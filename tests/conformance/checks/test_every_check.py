"""Rules that every check keeps: its name, its file, its length, its title, and the read after a write."""

from __future__ import annotations

import ast
import inspect
import re
import statistics
from collections import Counter
from pathlib import Path

from conformance.requirements.catalogue import catalogue
from conformance.requirements.profiles import PROFILES
from simulator.providers import IDPS
from tests.conformance.every_check import checks

CONFORMANCE = Path(__file__).parents[3] / "conformance"
FOLDERS = ("checks", "topics", "values", "check_api", "run")
READS = {
    "read",
    "get",
    "search",
    "unchanged",
    "took_effect",
    "members",
    "found",
    "refused",
    "scim_error",
    "broken_rules",
    "shown",
    "_meta",
}
# What no read can show: a password, and headers that only must do no harm.
UNSEEN = {
    "test_password_can_be_set_by_patch",
    "test_promised_password_change_is_there",
    "test_hidden_values_can_be_changed",
    "test_remove_of_what_is_not_there_is_no_failure",
    "test_interop_conditional_headers_do_no_harm",
}


def test_names_are_unique_so_that_one_word_selects_a_check() -> None:
    places: dict[str, set[str]] = {}
    for check in checks():
        places.setdefault(check.function, set()).add(f"{check.folder}/{check.file}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    ids = Counter(check.id for check in checks())
    assert [id_ for id_, number in ids.items() if number > 1] == []


def test_every_address_is_new() -> None:
    """Some servers key accounts by e-mail: an address that two users share is rejected."""
    found = []
    for path in [path for folder in FOLDERS for path in (CONFORMANCE / folder).rglob("*.py")]:
        tree = ast.parse(path.read_text("utf-8"))
        composed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
        titles = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in composed else None
            if isinstance(text, str) and text not in titles and re.search(r"\w@[\w.]+\w", text):
                found.append(f"{path.name}:{node.lineno}: {text}")  # type: ignore[attr-defined]
    assert found == []


def test_a_file_is_called_by_its_section() -> None:
    sections = {row.section for row in catalogue().values()}
    for check in checks():
        if check.folder.startswith("rfc"):
            numbers = [part for part in check.file.removesuffix(".py").split("_") if part.isdigit()]
            assert ".".join(numbers) in sections, check.file


def test_checks_are_short() -> None:
    """A check sends requests and passes each answer to a verifier."""
    lengths = [len(inspect.getsource(function).splitlines()) for function in {check.call for check in checks()}]
    assert statistics.median(lengths) <= 15
    assert max(lengths) <= 60


def test_a_check_that_writes_reads_back() -> None:
    """Writes are judged by an independent read and not by their response alone."""
    blind = []
    for function in {check.call for check in checks()}:
        tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        called |= {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if called & {"put", "patch"} and not called & READS and "read" not in " ".join(called):
            blind.append(function.__name__)
    assert set(blind) <= UNSEEN


def test_check_says_what_it_is_in_one_sentence() -> None:
    bad = [
        check.function
        for check in checks()
        if not (check.call.__doc__ or "").strip().split("\n")[0].endswith((".", ")"))
    ]
    assert sorted(set(bad)) == []


def test_every_provider_that_the_simulator_knows_has_a_profile() -> None:
    assert [name for name in IDPS if name not in PROFILES] == []
    assert {name for name, profile in PROFILES.items() if not any(c.profile == name for c in checks())} == set()
