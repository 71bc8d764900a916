"""What the source of the checks declares is what pytest collects, and finding it needs neither pytest nor what checks use."""

from __future__ import annotations

import subprocess
import sys

from conformance.requirements.profiles import PROFILES
from conformance.run.collect import Check, collect
from conformance.run.declared import CHECKS, declared, functions_of
from tests.conformance.every_check import checks


def test_the_source_declares_what_pytest_collects() -> None:
    collected: dict[str, Check] = {}
    for check in checks():
        collected.setdefault(check.function, check)
    read = {check.function: check for check in declared()}
    assert list(read) == list(collected)
    for name, check in collected.items():
        seen = read[name]
        assert (seen.profile, seen.folder, seen.file, seen.facts) == (
            check.profile,
            check.folder,
            check.file,
            check.facts,
        )
        assert check.title.startswith(seen.title)


def test_a_profile_has_the_functions_that_pytest_collects_for_it() -> None:
    for name, profile in PROFILES.items():
        functions = functions_of(profile)
        assert sorted(functions) == sorted({check.function for check in collect([name])})


def test_the_file_of_a_check_mentions_its_name_and_the_sections_of_its_requirements() -> None:
    """`scimulator explain` reads only files whose text contains what it looks for."""
    texts = {file: file.read_text("utf-8").lower() for file in CHECKS.rglob("test_*.py")}
    every = declared()
    for check in every:
        text = texts[CHECKS / check.folder / check.file]
        sections = [f"{id_.rpartition('-')[0]}-" for id_ in check.facts.ids]
        missing = [word for word in (check.function, *sections) if word.lower() not in text]
        assert not missing, f"{check.function}: write {missing[0]} out in the file"
    name = every[0].function
    assert name in {check.function for check in declared([name.lower()])}
    assert len(declared([name.lower()])) < len(every)


def test_reading_imports_neither_pytest_nor_hypothesis() -> None:
    script = (
        "import sys; from conformance.commands.explain import explain_id; print(explain_id('RFC7644-3.5.2.2-04')); "
        "print({'pytest', 'hypothesis', 'urllib3', 'schemathesis'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert "  check      test_" in told
    assert told.endswith("set()\n")
