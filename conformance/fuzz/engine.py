"""Runs Schemathesis: loads the document, generates cases of one operation, and follows the links as a state machine.

Everything depends only on the seed. Hypothesis would add literals of all local modules to the generated values, which
would make requests depend on other imports and disclose details of this machine; this is switched off.
"""

from __future__ import annotations

import itertools
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from hypothesis.internal import charmap
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation.hypothesis import setup

from conformance.fuzz.trial import Broken, Enough
from conformance.target.client import Answer

SETTINGS: dict[str, Any] = {
    # Only what the document declares: no security parameters (the client has the token), no inferred links, and no
    # undeclared methods, because a DELETE of a whole endpoint must never be sent to a real server.
    "generation": {"with-security-parameters": False, "allow-x00": False},
    "phases": {
        "coverage": {"unexpected-methods": []},
        "stateful": {"inference": {"algorithms": []}, "generation": {"mode": "positive"}},
    },
}
# Values that are not in an enumeration of strings. Schemathesis would draw 1,375 values to have some of every kind.
NOT_ENUMERATED = ("AAA", -1, False, True, None, 0.5, "", 1)
COVERAGE_READ = 10  # times the sample size: the number of cases of one operation from which the sample is drawn
NOT_SENT = ("malformed_content_type", "unsupported_content_type")  # kinds of cases; every request has the client's own
STEPS = 8  # requests in one sequence along the links


@cache
def prepare() -> None:
    """Make Hypothesis ready for use in threads, as Schemathesis does before it generates the first case.

    Otherwise, each thread that draws a value collects garbage first. In addition, the first run in a folder would encode
    each of the 1,114,112 code points to find out which ones UTF-8 has: all but the surrogates.
    """
    setup()
    place: Any = charmap  # private to Hypothesis; if it moves, a first run takes longer, and nothing else changes
    own, made = getattr(place, "intervals_from_codec", None), getattr(place, "IntervalSet", None)
    if own is None or made is None:
        return
    utf_8 = made([(0, 0xD7FF), (0xE000, 0x10FFFF)]), made()

    @wraps(own)
    def known(codec: str) -> Any:
        return utf_8 if codec == "utf-8" else own(codec)

    place.intervals_from_codec = known


def load(document: dict[str, Any]) -> Any:
    """The document as a Schemathesis schema; settings in the current folder are not read."""
    return schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(SETTINGS))


def operations(schema: Any) -> list[Any]:
    """Every valid operation."""
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


def generated(operation: Any, mode: str, run: Callable[[Any], None], *, seed: int, examples: int) -> None:
    """Run generated cases of a mode ("positive", "negative"); a failing one is made smaller until `run` raises Enough."""

    @hypothesis.seed(f"{seed} {operation.label} {mode}")  # so that operations with equal bodies send different cases
    @hypothesis.settings(max_examples=examples, **_settings())
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def test(case: Any) -> None:
        run(case)

    try:
        test()
    except (Broken, Enough, Unsatisfiable):  # Unsatisfiable: this mode can generate nothing
        return


def coverage(operation: Any, run: Callable[[Any], None], *, seed: int, examples: int) -> None:
    """Run a sample of the boundary values and single deviations that schemathesis derives from the document."""
    config = operation.schema.config.generation_for(operation=operation, phase="coverage")
    chosen = []
    for mode in schemathesis.GenerationMode:
        cases = operation.schema.iter_coverage_cases(operation, generation_modes=[mode], generation_config=config)
        read = [case for case in itertools.islice(cases, COVERAGE_READ * examples) if _kind(case) not in NOT_SENT]
        chosen += _of_each_kind(read, examples, random.Random(f"{seed} {operation.label}"))
    for case in chosen:
        try:
            run(case)
        except Broken:
            continue
        except Enough:
            return


def _of_each_kind(cases: list[Any], most: int, chosen: random.Random) -> list[Any]:
    """A sample with as many kinds of cases as possible: first one of each, then a second one of each, and so on."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Any]] = []
    for case in chosen.sample(cases, len(cases)):
        seen[_kind(case)] += 1
        ranked.append((seen[_kind(case)], case))
    return [case for _, case in sorted(ranked, key=lambda item: item[0])[:most]]


def _kind(case: Any) -> str:
    """What a case is about, such as "array_above_max_items"."""
    return str(case.meta.phase.data.scenario.value)


def walk(
    schema: Any,
    paths: list[str],
    begin: Callable[[], None],
    send: Callable[[Any], Answer],
    end: Callable[[], None],
    *,
    seed: int,
    examples: int,
) -> None:
    """Follow the links between operations: create, and then read, replace, patch, and delete in any order."""

    class Walk(schema.include(path=paths).as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            begin()

        def teardown(self) -> None:
            end()

        def call(self, case: Any, **_: Any) -> Response:
            return _response(send(case))

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            """`send` has already judged the response."""

    try:
        hypothesis.seed(seed)(Walk).run(
            settings=hypothesis.settings(max_examples=examples, stateful_step_count=STEPS, **_settings())
        )
    except (Broken, Enough):
        return


def _settings() -> dict[str, Any]:
    return {
        "database": None,
        "deadline": None,
        "phases": (Phase.generate, Phase.shrink),
        "suppress_health_check": list(HealthCheck),
        "print_blob": False,
        "report_multiple_bugs": False,
        "verbosity": hypothesis.Verbosity.quiet,
    }


def _response(answer: Answer) -> Response:
    """The response in the form from which Schemathesis reads the values of links."""
    exchange = answer.exchange
    request = requests.Request(exchange.method, exchange.url).prepare()
    headers = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status, headers, exchange.response_body, request, exchange.duration_ms / 1000, True)


@contextmanager
def seed_alone() -> Iterator[None]:
    """In this context, generated data depend only on the seed, and nothing is printed."""
    from hypothesis.internal.conjecture import providers
    from hypothesis.strategies._internal import lazy
    from schemathesis.specs.openapi.coverage import _schema

    # Private to Hypothesis and Schemathesis. If one moves, requests may differ between installations; nothing else changes.
    place: Any = providers
    made, cache = getattr(place, "Constants", None), getattr(getattr(place, "CONSTANTS_CACHE", None), "cache", {})
    none = made() if made is not None else None
    cache.clear()
    try:
        with (
            warnings.catch_warnings(),
            _replaced(place if made is not None else None, "_get_local_constants", lambda: none),
            # To describe a lambda, Hypothesis parses the whole file that contains it. No one reads these descriptions.
            _replaced(lazy, "get_pretty_function_description", lambda function: type(function).__name__),
            _replaced(_schema, "_invalid_enum_candidates", lambda: NOT_ENUMERATED),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        cache.clear()


@contextmanager
def _replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    """In this context, a module has another value under a name; without the name, nothing changes."""
    held = getattr(module, name, None)
    if held is None:
        yield
        return
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, held)
