"""Collects the checks: pytest collects `checks/`, each profile selects its own, and each case becomes a Check."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance.check_api.cases import fill_cases
from conformance.requirements.advice import advised
from conformance.requirements.catalogue import CheckFacts, catalogue, is_strict
from conformance.requirements.profiles import PROFILES
from conformance.requirements.verdict import Verdict
from conformance.target.discovery import Target

CHECKS = Path(__file__).parents[1] / "checks"
# They write files, print, or (the last two) collect garbage several times before pytest ends.
UNUSED_PLUGINS = ("cacheprovider", "terminal", "unraisableexception", "threadexception")


class BadExpression(Exception):
    """The expression of `-k` cannot be parsed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One case of a check under one profile.

    `alone` checks read whole lists, so no other check may run at the same time; `crowd` checks need the run's crowd.
    """

    profile: str
    folder: str
    file: str
    function: str
    name: str  # with its parameters in brackets
    title: str
    call: Callable[..., None]
    facts: CheckFacts
    parameters: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    crowd: bool = False

    @property
    def id(self) -> str:
        """`rfc7644/test_3_5_2_patch::test_x[case]`, with its profile where a folder serves several."""
        place = f"{self.folder}/{self.file.removesuffix('.py')}::{self.name}"
        profile = PROFILES[self.profile]
        shared = profile.folders != (self.folder.replace("-", "_"),) or profile.variant or profile.essentials
        return f"{self.profile}:{place}" if self.profile != "rfc" and shared else place

    @property
    def failing(self) -> Verdict:
        """The verdict of a finding that has none of its own."""
        return verdict_when_failing(self.facts, client=PROFILES[self.profile].client)

    @property
    def document(self) -> str:
        return catalogue()[self.facts.ids[0]].rfc

    @property
    def section(self) -> str:
        return catalogue()[self.facts.ids[0]].section


def collect(
    profiles: Iterable[str],
    expression: str = "",
    *,
    target: Target | None = None,
    only: frozenset[str] | None = None,
    mentioning: Iterable[str] = (),
) -> list[Check]:
    """The checks of these profiles, in the profiles' order; raises BadExpression.

    `only` keeps checks by function name. `mentioning` keeps files that contain one of these lower-case words, which saves
    most of the time. Without a target, checks over its attributes appear once.
    """
    profiles = list(profiles)
    folders = dict.fromkeys(folder for name in profiles for folder in PROFILES[name].folders)
    places = [str(CHECKS / folder) for folder in folders if (CHECKS / folder).is_dir()]
    if words := tuple(mentioning):
        files = [file for place in places for file in sorted(Path(place).rglob("test_*.py"))]
        places = [str(file) for file in files if any(word in file.read_text("utf-8").lower() for word in words)]
    items = _collected(places, expression, target) if places else []
    if only is not None:
        items = [item for item in items if item.function.__name__ in only]
    return [
        _check(item, name)
        for name in profiles
        for item in items
        if PROFILES[name].takes(item.path.parent.name, _parameters(item), item.function.__name__)
    ]


def _collected(places: list[str], expression: str, target: Target | None) -> list[pytest.Function]:
    """What pytest collects in these folders; raises BadExpression."""
    plugin, noise = _Collector(target), io.StringIO()
    arguments = [*places, "-c", str(CHECKS / "pytest.ini"), "--rootdir", str(CHECKS), "--disable-plugin-autoload"]
    arguments += [word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")]
    arguments += ["--capture=no", "--import-mode=importlib", "--collect-only", "--assert=plain"]
    arguments += ["-k", expression] if expression else []
    with _undisturbed(), redirect_stdout(noise), redirect_stderr(noise):
        code = pytest.main(arguments, plugins=[plugin])
    if code == pytest.ExitCode.USAGE_ERROR:
        lines = noise.getvalue().strip().splitlines()
        raise BadExpression(lines[-1] if lines else f'-k: "{expression}" is not a valid expression')
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(noise.getvalue()[-2000:] + "\n".join(plugin.errors))
    return plugin.items


@contextmanager
def _undisturbed() -> Iterator[None]:
    """pytest without bytecode files in the installation, and without options that are meant for the user's own tests."""
    held, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    theirs = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        sys.dont_write_bytecode = held
        if theirs is not None:
            os.environ["PYTEST_ADDOPTS"] = theirs


class _Collector:
    """A pytest plugin that keeps the collected checks and gives checks over attributes their cases."""

    def __init__(self, target: Target | None) -> None:
        self._target = target
        self.items: list[pytest.Function] = []
        self.errors: list[str] = []

    @pytest.fixture
    def scim(self) -> None:
        """Declared for collection only: the runner gives each check its session."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        fill_cases(metafunc, self._target)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = [item for item in session.items if isinstance(item, pytest.Function)]


def verdict_when_failing(facts: CheckFacts, *, client: bool) -> Verdict:
    """FAIL under the profile of a client, and for a MUST or a plain statement; WARN if the check tests only a SHOULD."""
    return Verdict.FAIL if client or is_strict(facts.ids) else Verdict.WARN


def facts_of(item: pytest.Function) -> CheckFacts:
    """The facts that a check declares; raises ValueError for a check without a requirement."""
    facts = getattr(item.function, "facts", None)
    if not isinstance(facts, CheckFacts):
        raise ValueError(f"{item.nodeid}: the check names no requirement")
    return facts


def title_of(item: pytest.Function) -> str:
    """The check as a sentence: its docstring's first line, else its name."""
    document = item.function.__doc__
    title = document.strip().splitlines()[0] if document else item.name.removeprefix("test_").replace("_", " ")
    parameters = item.name.partition("[")[2].removesuffix("]")
    return f"{title} [{parameters}]" if parameters else title


def _check(item: pytest.Function, profile: str) -> Check:
    return Check(
        profile,
        item.path.parent.name,
        item.path.name,
        item.function.__name__,
        item.name,
        title_of(item),
        item.function,
        advised(facts_of(item), f"{item.path.parent.name}/{item.path.name}"),
        _parameters(item),
        item.get_closest_marker("alone") is not None,
        item.get_closest_marker("crowd") is not None,
    )


def _parameters(item: pytest.Function) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return dict(callspec.params) if callspec is not None else {}
