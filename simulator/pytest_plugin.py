"""Pytest fixtures for lifecycle tests of an application. Pytest discovers this plugin when Scimulator is installed.

    def test_leaver_is_off_within_the_hour(scim_simulation):
        life = scim_simulation(users=10, days=2, cast={"anna": 3})
        life.on(1, "09:05", "blocked", "anna", then="anna is inactive within 45m")
        life.run().must_be_good()

`--scim-url` and `--scim-token` (or SCIM_URL and SCIM_TOKEN) select the application. Without them, an embedded server is
tested.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.wording import counted

if TYPE_CHECKING:
    from simulator.company.people import Company
    from simulator.run.outcome import Outcome
    from simulator.run.session import Target
    from simulator.stream.events import SimulateEvent

MOST_LINES = 60


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that select the application under test."""
    group = parser.getgroup("scimulator")
    group.addoption("--scim-url", default=os.environ.get("SCIM_URL"), help="Base URL of the SCIM endpoint under test.")
    group.addoption("--scim-token", default=os.environ.get("SCIM_TOKEN"), help="Bearer token for the SCIM endpoint.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Redact known secrets in failures and in captured output before a reporter shows them."""
    from secrecy.redaction import knows_something_in, redacted

    report = yield
    if report.longrepr is not None and knows_something_in(str(report.longrepr)):
        report.longrepr = redacted(str(report.longrepr))
    report.sections = [(name, redacted(content)) for name, content in report.sections]
    return report


@pytest.fixture
def scim_target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """The target: the selected application, or a new embedded server whose virtual clock is at the default start."""
    from simulator.run.session import Secrets, open_target
    from simulator.scenario.model import Scenario

    url, token = request.config.getoption("--scim-url"), request.config.getoption("--scim-token")
    with open_target(url, Secrets(token), Scenario()) as target:
        yield target


@pytest.fixture
def scim_company() -> Callable[..., Company]:
    """A function that creates a company: `scim_company(seed=1, users=50)` has the same people as a simulation of that seed."""
    from simulator.company.people import Company

    def make(seed: int = 4711, users: int = 50, *, hostile_names: bool = False) -> Company:
        return Company(seed, users, hostile_names=hostile_names)

    return make


@pytest.fixture
def scim_simulation(scim_target: Target, tmp_path: Path) -> Callable[..., Life]:
    """A function that starts a scenario.

    `scim_simulation("leaver")` uses a built-in scenario or a file; `scim_simulation(users=…, days=…, …)` starts a new one.
    """

    def make(scenario: str | None = None, **fields: Any) -> Life:
        from simulator.scenario.load import find_scenario

        known = find_scenario(scenario).model_dump() if scenario else {}
        return Life(scim_target, tmp_path / "run.jsonl", {**known, **fields})

    return make


class Life:
    """A scenario to which a test adds events before running it once."""

    def __init__(self, target: Target, stream: Path, fields: dict[str, Any]) -> None:
        self._target, self._stream = target, stream
        self._fields = fields
        self._events: list[dict[str, Any]] = list(fields.pop("events", ()))

    def on(
        self,
        day: int,
        at: str,
        what: str,
        person: int | str | None = None,
        *,
        group: str | None = None,
        then: str | list[str] = (),  # type: ignore[assignment]
        **detail: Any,
    ) -> Life:
        """Add an event on a day (from 1) at a time. `detail` and `then` (expectations) are as in scenario files."""
        event = {"day": day, "at": at, "what": what, "person": person, "group": group, "detail": detail}
        self._events.append({**event, "then": [then] if isinstance(then, str) else list(then)})
        return self

    def run(self) -> Lived:
        """Run the scenario. Resources that the run creates in a selected application are deleted afterwards."""
        import asyncio

        from simulator.run.session import simulate
        from simulator.scenario.model import Scenario
        from simulator.stream.run_stream import RunStream, read_stream

        scenario = Scenario.model_validate({**self._fields, "events": self._events})
        scenario.rehearse()
        with RunStream(self._stream) as stream:
            outcome = asyncio.run(simulate(scenario, self._target, stream))
        return Lived(outcome, list(read_stream(self._stream, "simulate")))


@dataclass(frozen=True, slots=True)
class Lived:
    """The result of a run: its totals and all events of its stream (docs/stream.md)."""

    outcome: Outcome
    events: list[SimulateEvent]

    def must_be_good(self) -> None:
        """Fail the test if the run failed or could not remove what it created, and list what failed."""
        from simulator.report.console import difference_lines
        from simulator.report.difference_table import DifferenceTable

        if self.outcome.passed:
            return
        told = [event["verdict"] for event in self.events if event["event"] == "end"]
        for event in self.events:
            if event["event"] == "expectation" and not event["held"]:
                told.append(f"{event['at'][:16]} expected: {event['text']}; found: {event['found']}")
            elif event["event"] == "entry" and event["status"] == "Failure":
                told.append(f"{event['at'][:16]} {event['name']}: {event['error_code']}: {event['reason']}")
            elif event["event"] == "cleanup":
                told += [f"could not be removed: {path}" for path in event["left"] if not event["kept"]]
        told += [line.strip() for line in difference_lines(DifferenceTable(self.events))]
        others = len(told) - MOST_LINES
        more = [f"and {counted(others, 'more line')}"] if others > 0 else []
        pytest.fail("\n".join([*told[:MOST_LINES], *more]), pytrace=False)
