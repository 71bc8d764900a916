"""The public Python API of the simulator: what `from simulator import …` offers.

    from simulator import Entra, simulate

    result = simulate("friday-evening-leaver", url="https://host/scim/v2", token="…", provider=Entra(members_per_patch=5))
    assert result.ok, result.verdict

The functions and classes of this module stay compatible within a major version. Everything else in the package may change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from secrecy.lost_output import OutputLost
from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.report.saved_runs import write_reports
from simulator.run import session
from simulator.run.outcome import Outcome, TargetUnusable, verdict_of
from simulator.run.session import BadInput, Secrets, exit_code_of, open_stream, open_target
from simulator.scenario.load import ScenarioError, find_scenario
from simulator.scenario.model import Scenario
from simulator.stream.events import SimulateEvent
from simulator.stream.run_stream import read_stream
from simulator.wording import of_argument

__all__ = [
    "BadInput",
    "Entra",
    "IdentityProvider",
    "Okta",
    "Scenario",
    "ScenarioError",
    "SimulationResult",
    "TargetUnusable",
    "simulate",
]


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An identity provider to play: its name as in `scimulator simulate --idp`, and changes of its behavior.

    `knobs` maps the names that `scimulator simulate --knob list` prints to values, for example `{"members_per_patch": 5}`.
    """

    name: str
    knobs: dict[str, Any] = field(default_factory=dict)


def Entra(dialect: str = "default", **knobs: Any) -> IdentityProvider:
    """Microsoft Entra ID. `dialect` is the PATCH dialect: `default`, `aadOptscim062020`, or `customappsso`."""
    return IdentityProvider("entra", {"dialect": dialect, **knobs})


def Okta(**knobs: Any) -> IdentityProvider:
    """Okta, with the requests of an OIN integration."""
    return IdentityProvider("okta", knobs)


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The result of `simulate`.

    `events` are the events of the run in order, as docs/stream.md describes them: every request with its response, every
    difference between the directory and the target, every expectation, and the provisioning log.
    """

    outcome: Outcome
    events: list[SimulateEvent] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the target matched the directory, expectations held, nothing failed unexpectedly, and nothing remains."""
        return self.outcome.passed

    @property
    def verdict(self) -> str:
        """The result in a few sentences."""
        return verdict_of(self.outcome)

    @property
    def exit_code(self) -> int:
        """The exit code of `scimulator simulate`: 0 if `ok`, 1 if not, 2 if no cycle ran."""
        return exit_code_of(self.outcome)

    @property
    def differences(self) -> list[dict[str, Any]]:
        """Every distinct difference, with `person`, `attribute`, `expected`, and `found`."""
        return [dict(event) for event in self.events if event["event"] == "difference"]


def simulate(
    scenario: str | Path | Scenario = "mixed-life",
    *,
    url: str | None = None,
    token: str | None = None,
    provider: IdentityProvider | str | None = None,
    rate: float | None = None,
    keep: bool = False,
    stream: Path | str | None = None,
    report: Path | str | None = None,
    on_event: Callable[[SimulateEvent], None] | None = None,
    **changes: Any,
) -> SimulationResult:
    """Run a scenario against a SCIM server, and return what happened.

    Args:
        scenario: Name of a built-in scenario, path of a YAML file, or a `Scenario`.
        url: Base URL of the server under test, such as `https://host/scim/v2`. None starts the embedded reference server.
        token: Bearer token of `url`.
        provider: Identity provider to play, or its name. None plays the scenario's own, usually Entra ID.
        rate: Maximum number of requests per second. None sets no limit.
        keep: Whether what the run created stays in the target of `url`.
        stream: File for the event stream.
        report: File for the HTML report.
        on_event: Called with each event as it happens, from the thread that called `simulate`.
        changes: Fields of `Scenario` to change, such as `users=20`, `days=5`, or `seed=7`.

    Raises:
        ScenarioError: There is no such scenario, the file cannot be read, or an event cannot happen.
        BadInput: `url`, `token`, or a changed field cannot be used, or the stream cannot be written.
        TargetUnusable: The server cannot be reached or rejects the token. Nothing was provisioned.
    """
    played = provider
    chosen = _changed(scenario, IdentityProvider(played) if isinstance(played, str) else played, changes)
    listeners = (on_event,) if on_event else ()
    place = None if stream is None else Path(stream)
    try:
        with open_target(url, Secrets(token), chosen) as target, open_stream(place, *listeners) as (events, path):
            outcome = asyncio.run(session.simulate(chosen, target, events, rate=rate, keep=keep))
            if report is not None:
                write_reports(path, Path(report), None)
            return SimulationResult(outcome, list(read_stream(path, "simulate")))
    except (BadInput, OutputLost) as error:
        raise BadInput(of_argument(error)) from None


def _changed(scenario: str | Path | Scenario, provider: IdentityProvider | None, changes: dict[str, Any]) -> Scenario:
    found = scenario if isinstance(scenario, Scenario) else find_scenario(str(scenario))
    fields = {**found.model_dump(), **changes}
    if provider is not None:
        fields["provider"] = {**fields["provider"], "idp": provider.name, **provider.knobs}
    try:
        chosen = Scenario.model_validate(fields).as_changed_from(found)
        chosen.rehearse()
    except ValidationError as error:
        wrong = error.errors()[0]
        raise BadInput(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None
    except EventDoesNotFit as error:
        raise BadInput(f"{found.place_of(error.number)}: {error}") from None
    return chosen
