"""The catalogue and the checks: every sentence that can be judged has a check, every check its sentence, none is a monster."""

from __future__ import annotations

import ast
import csv
import inspect
import statistics
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from conformance.collect import CHECKS, Check, collect
from conformance.defects.catalogue import defects
from conformance.profiles import PROFILES
from conformance.requirements import catalogue, requirement
from simulator.providers import IDPS

WRITES = {"post", "put", "patch", "delete"}
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
}
READS |= {"shown", "_meta"}
# What no read can show: a password, and headers that only must do no harm.
UNSEEN = {
    "test_password_can_be_set_by_patch",
    "test_promised_password_change_is_there",
    "test_hidden_values_can_be_changed",
    "test_interop_conditional_headers_do_no_harm",
}


@cache
def checks() -> tuple[Check, ...]:
    return tuple(collect(PROFILES))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_every_sentence_has_a_check() -> None:
    """556 rows of the RFCs, and those of the profiles that are not superseded."""
    named = {id_ for check in checks() for id_ in check.facts.ids}
    superseded = ("IPSIEOLD", "IPSIELEV")
    assert {row.id for row in catalogue().values() if row.counts and row.rfc not in superseded} - named == set()


def test_counts_of_the_catalogue() -> None:
    counted = Counter(row.rfc for row in catalogue().values() if row.counts)
    assert {name: counted[name] for name in ("RFC7643", "RFC7644", "RFC9865", "RFC6750")} == {
        "RFC7643": 242,
        "RFC7644": 273,
        "RFC9865": 21,
        "RFC6750": 20,
    }
    assert len(catalogue()) == 817 + 214


def test_peers_checks_are_covered_or_left_out_for_a_reason() -> None:
    """Each of the 283 checks of 16 other tools names the checks of ours that make it, or why it is left out."""
    rows = rows_of(Path(str(CHECKS.parent / "peer_checks.csv")))
    functions = {check.function for check in checks()}
    assert len(rows) == 283
    for row in rows:
        names = row["covered_by"].split()
        assert [name for name in names if name not in functions and not name.startswith("fuzz_")] == [], row["check"]
        assert bool(names) is not bool(row["left_out"]), row["check"]


def test_names_are_unique_so_that_one_word_selects_a_check() -> None:
    places: dict[str, set[str]] = {}
    for check in checks():
        places.setdefault(check.function, set()).add(f"{check.folder}/{check.file}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
    ids = Counter(check.id for check in checks())
    assert [id_ for id_, number in ids.items() if number > 1] == []


def test_a_file_is_called_by_its_section() -> None:
    sections = {row.section for row in catalogue().values()}
    for check in checks():
        if check.folder.startswith("rfc"):
            numbers = [part for part in check.file.removesuffix(".py").split("_") if part.isdigit()]
            assert ".".join(numbers) in sections, check.file


def test_checks_are_short() -> None:
    """examples.md: send, then one verifier."""
    lengths = [len(inspect.getsource(function).splitlines()) for function in {check.call for check in checks()}]
    assert statistics.median(lengths) <= 15
    assert max(lengths) <= 60


def test_a_check_that_writes_reads_back() -> None:
    """reliability.md T6: judged by an independent look, not by the reply alone."""
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


def test_defects_name_checks_that_exist() -> None:
    functions = {check.function for check in checks()}
    wrong = [
        f"{d.name}: {name}" for d in defects().values() for name in d.killed_by if name != "*" and name not in functions
    ]
    assert wrong == []
    assert len(defects()) >= 150


def test_bugs_that_are_left_out_have_a_reason_and_are_no_defects() -> None:
    rows = rows_of(Path(str(CHECKS.parent / "defects" / "left_out.csv")))
    assert [row["bug"] for row in rows if len(row["reason"]) < 15 or row["bug"] in defects()] == []


@pytest.mark.parametrize(("arguments", "words"), [(("RFC0-1",), "no such requirement"), ((), "none given")])
def test_check_without_a_real_sentence_is_refused(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        requirement(*arguments)
