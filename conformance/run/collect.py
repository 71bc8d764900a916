"""Collects the checks: pytest collects `checks/`, each profile selects its own, and each case becomes a Check.

pytest does so once per process and folder, without a target. A target's attributes and an expression are applied to the
result, so a second run in the same process costs almost nothing.
"""

from __future__ import annotations

import io
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.expression import Expression

from conformance.check_api.cases import EVERY, fill_cases, generated
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


class NothingSelected(Exception):
    """No check is selected: exit code 2, because a run that checked nothing must not pass."""

    def __init__(self, expression: str | None) -> None:
        super().__init__(f'no check matches "{expression}"; `scimulator check --list` lists all checks')


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
) -> list[Check]:
    """The checks of these profiles, in the profiles' order; raises BadExpression.

    `only` keeps checks by function name. Without a target, checks over its attributes appear once.
    """
    profiles = list(profiles)
    folders = dict.fromkeys(folder for name in profiles for folder in PROFILES[name].folders)
    places = [CHECKS / folder for folder in folders if (CHECKS / folder).is_dir()]
    found = [check for check in _found_in(places) if only is None or check.function in only]
    if target is not None:
        functions = itertools.groupby(found, key=lambda check: check.call)
        found = [case for _, checks in functions for case in _cases(list(checks), target)]
    if expression.strip():
        found = _matching(found, expression)
    return [
        replace(check, profile=name)
        for name in profiles
        for check in found
        if PROFILES[name].takes(check.folder, check.parameters, check.function)
    ]


_found: dict[Path, list[Check]] = {}  # what pytest collected in a folder, once per process; without a profile


def _found_in(places: list[Path]) -> list[Check]:
    """The checks in these folders, as they are without a target."""
    if new := [place for place in places if place not in _found]:
        checks = [(item.path.parent, _check(item)) for item in _collected(new)]
        _found.update({place: [check for folder, check in checks if folder == place] for place in new})
    return [check for place in places for check in _found[place]]


def _cases(checks: list[Check], target: Target) -> list[Check]:
    """The checks of one function, once for each attribute or resource type that the target's schemas declare."""
    for parameter, values in generated(checks[0].call, target).items():
        if values:
            named = zip(values, _ids(values), strict=True)
            checks = [_case(check, parameter, value, id_) for value, id_ in named for check in checks]
    return checks


def _case(check: Check, parameter: str, value: Any, id_: str) -> Check:
    name = check.name.replace(EVERY[parameter], id_)
    title = title_of(check.call, name)
    return replace(check, name=name, title=title, parameters={**check.parameters, parameter: value})


def _ids(values: list[Any]) -> list[str]:
    """The ids that pytest gives to these values: in ASCII, and numbered if several are the same."""
    ids = [str(value).encode("unicode_escape").decode("ascii") for value in values]
    numbers = {id_: itertools.count() for id_, times in Counter(ids).items() if times > 1}
    return [f"{id_}{'_' * id_[-1:].isdigit()}{next(numbers[id_])}" if id_ in numbers else id_ for id_ in ids]


def _matching(checks: list[Check], expression: str) -> list[Check]:
    """The checks that `-k` selects, by pytest's rules. Raises BadExpression."""
    return [
        check
        for check in checks
        if selects(expression, check.folder, check.file, check.name, *["alone"] * check.alone, *["crowd"] * check.crowd)
    ]


def selects(expression: str, *names: str) -> bool:
    """Whether `-k` selects what has these names, by pytest's rules. Raises BadExpression."""
    try:
        return _compiled(expression).evaluate(_Names(names))
    except (SyntaxError, pytest.UsageError) as error:
        raise BadExpression(f'-k: "{expression}" is not a valid expression: {getattr(error, "msg", error)}') from None


_compiled = cache(Expression.compile)


class _Names:
    """The names of a check, in one of which a word of an expression must occur."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [name.lower() for name in names]

    def __call__(self, word: str, /, **options: Any) -> bool:
        if options:
            raise pytest.UsageError("a word cannot have options")
        return any(word.lower() in name for name in self._names)


def _collected(places: list[Path]) -> list[pytest.Function]:
    """What pytest collects in these folders."""
    plugin, noise = _Collector(), io.StringIO()
    arguments = [*map(str, places), "-c", str(CHECKS / "pytest.ini"), "--rootdir", str(CHECKS)]
    arguments += [word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")]
    arguments += [
        "--disable-plugin-autoload",
        "--capture=no",
        "--import-mode=importlib",
        "--collect-only",
        "--assert=plain",
    ]
    with _undisturbed(), redirect_stdout(noise), redirect_stderr(noise):
        code = pytest.main(arguments, plugins=[plugin])
    if code == pytest.ExitCode.INTERRUPTED and not plugin.errors:
        raise KeyboardInterrupt  # which pytest catches
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(noise.getvalue()[-2000:] + "\n".join(plugin.errors))
    return plugin.items


@contextmanager
def _undisturbed() -> Iterator[None]:
    """pytest without options that are meant for the user's own tests."""
    theirs = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        yield
    finally:
        if theirs is not None:
            os.environ["PYTEST_ADDOPTS"] = theirs


class _Collector:
    """A pytest plugin that keeps the collected checks."""

    def __init__(self) -> None:
        self.items: list[pytest.Function] = []
        self.errors: list[str] = []

    @pytest.fixture
    def scim(self) -> None:
        """Declared for collection only: the runner gives each check its session."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        fill_cases(metafunc, None)

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


def title_of(check: Callable[..., None], name: str) -> str:
    """The check as a sentence: its docstring's first line, else its name."""
    words = check.__doc__.strip().splitlines()[0] if check.__doc__ else name.removeprefix("test_").replace("_", " ")
    parameters = name.partition("[")[2].removesuffix("]")
    return f"{words} [{parameters}]" if parameters else words


def _check(item: pytest.Function) -> Check:
    callspec, marks = getattr(item, "callspec", None), {mark.name for mark in item.iter_markers()}
    return Check(
        "",
        item.path.parent.name,
        item.path.name,
        item.function.__name__,
        item.name,
        title_of(item.function, item.name),
        item.function,
        advised(facts_of(item), f"{item.path.parent.name}/{item.path.name}"),
        dict(callspec.params) if callspec is not None else {},
        "alone" in marks,
        "crowd" in marks,
    )
