"""All scenarios by name, the actions of their units, and the final state of the directory."""

from __future__ import annotations

from collections.abc import Callable

from loadtests.scenarios import (
    everyday,
    group_storm,
    incremental,
    initial_cycle,
    leavers,
    monday_morning,
    read_mix,
    soak,
    tenants,
)
from loadtests.scenarios.initial_cycle import Send
from loadtests.scenarios.plan import Plan, Settings
from loadtests.scenarios.workload import Unit, Workload, first_phases
from simulator.company.people import Company

_ACTIONS = {**initial_cycle.ACTIONS, **everyday.ACTIONS}


def _initial_cycle(settings: Settings) -> Plan:
    company = Company(settings.seed, settings.users)
    groups = settings.groups_of(company)
    return Plan(company, groups, first_phases(company, groups))


SCENARIOS: dict[str, Callable[[Settings], Plan]] = {
    "initial-cycle": _initial_cycle,
    "incremental": incremental.plan,
    "monday-morning": monday_morning.plan,
    "leavers": leavers.plan,
    "group-storm": group_storm.plan,
    "read-mix": read_mix.plan,
    "soak": soak.plan,
    "tenants": tenants.plan,
}
NEED_GROUPS = ("group-storm", "read-mix", "soak", "tenants")
DEFAULT_RATES = {"soak": soak.RATE}
RAMPS = {"monday-morning": monday_morning.RAMP_SECONDS}


def work_for(settings: Settings, share: int = 0, shares: int = 1, *, held_back: bool = False) -> Workload:
    """The work of worker `share` of `shares`. With `held_back`, it waits until the other workers are ready."""
    made = SCENARIOS[settings.scenario](settings)
    return Workload(made.company, made.groups, made.phases, share, shares, settings.patience_s, held_back=held_back)


def open_rate(scenario: str, rate: float) -> float:
    """Arrivals per second: the requested rate, or the scenario's default; 0 for a closed loop."""
    return rate or DEFAULT_RATES.get(scenario, 0.0)


def finished_work(settings: Settings) -> Workload:
    """The work with all finite phases recorded: the final state of the directory, without target ids."""
    made = SCENARIOS[settings.scenario](settings)
    work = Workload(made.company, made.groups, made.phases)
    for phase in made.phases:
        for unit in phase.units() if phase.size else ():
            if unit.kind in everyday.EFFECTS:
                everyday.EFFECTS[unit.kind](work, unit)
    return work


def carry_out(work: Workload, unit: Unit, send: Send) -> bool:
    """Send the requests of a unit. Returns whether all of them succeeded. Raises NotYet."""
    return _ACTIONS[unit.kind](work, unit, send)
