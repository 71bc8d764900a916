"""The identity provider: its settings with their explanations, its job, its mapping, and provisioning on demand."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from simulator.entra.settings import EntraSettings
from simulator.mapping.schema_export import export_schema
from simulator.mapping.synchronization_schema import parse_schema
from simulator.profiles.profile import load_profile
from simulator.providers import IDPS
from simulator.scenario.load import told
from simulator.scenario.model import Provider, Scenario

OWN_FIELDS = ("dialect",)  # these have a place of their own on the page
SCOPE = ("Active in the source system", "Assigned to the application", "Scoping filter evaluation passed")
ENTRA = "Microsoft Entra ID"


def provider_details(play: Playthrough) -> dict[str, Any]:
    """The provider's settings, the status of its job, and its mapping."""
    simulation = play.simulation
    chosen = play.scenario.provider
    state = simulation.job.state
    knobs = []
    for name, default, values, why in EntraSettings.described():
        if name not in OWN_FIELDS:
            value = getattr(chosen, name)
            shown = str(value).lower() if isinstance(value, bool) or value is None else str(value)
            choices = values.split(", ") if values != "a number" else []
            knobs.append({"name": name, "value": shown, "default": default, "choices": choices, "why": why})
    return {
        "idp": chosen.idp,
        "dialect": chosen.dialect.value,
        "idps": [{"name": name, "title": title_of(name)} for name in IDPS],
        "dialects": [value.value for value in type(chosen.dialect)],
        "knobs": knobs,
        "on_demand": simulation.job.provider.offers_on_demand,
        "users": play.scenario.users,
        "seed": play.scenario.seed,
        "mapping": {
            "user": [_row(row) for row in simulation.job.schema.user.rows],
            "group": [_row(row) for row in simulation.job.schema.group.rows],
            "user_filter": [" and ".join(map(str, group.clauses)) for group in simulation.job.schema.user.scope.groups],
        },
        "job": simulation.job_status(),
        "stopped": state.is_paused,
        "disabled": state.is_disabled,
        "staged": len(state.staged),
        "escrowed": len(state.escrows),
        "notices": [dict(event) for event in list(play.recording.notices)[-20:]][::-1],
        "cycles": [dict(event) for event in list(play.recording.cycles)[-20:]][::-1],
    }


def title_of(idp: str) -> str:
    """The name of a provider for people."""
    return ENTRA if idp == "entra" else load_profile(idp).title


def changed_scenario(scenario: Scenario, wanted: dict[str, Any]) -> Scenario:
    """The scenario with another provider, company, or settings, without its events. Raises Problem."""
    fields = scenario.model_dump(exclude={"events", "cast", "life"})
    provider = {**fields["provider"], "mapping": None}
    knobs = wanted.get("knobs")
    provider.update({name: None if value in ("none", "null", "") else value for name, value in (knobs or {}).items()})
    provider.update({name: wanted[name] for name in ("idp", "dialect") if name in wanted})
    fields.update({name: wanted[name] for name in ("users", "seed", "hostile_names") if name in wanted})
    try:
        return Scenario.model_validate({**fields, "provider": provider, "name": "by hand", "story": ""})
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(f"{first['loc'][-1]}: {told(first)}.", "Correct this setting.") from None


def apply_mapping(play: Playthrough, text: str) -> dict[str, Any]:
    """Give the job a mapping that Entra exported. Raises Problem or SchemaError."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Problem(
            f"The file is not valid JSON: {error}.", "Export the schema again, and choose that file."
        ) from None
    schema = parse_schema(document)
    play.simulation.configure(schema)
    play.mapping = text
    return {"user": len(schema.user.rows), "group": len(schema.group.rows)}


def exported_mapping(play: Playthrough) -> dict[str, Any]:
    """The job's mapping in the format of Entra's export."""
    return export_schema(play.simulation.job.schema)


async def on_demand(play: Playthrough, kind: str, object_id: str) -> dict[str, Any]:
    """Provision one person or group now. Returns the five steps with what happened in each."""
    before = play.recording.exchanges
    group = kind == "group"
    person = None if group else play.number_of(object_id)
    turns = await play.simulation.provision("group" if group else "user", object_id, person)
    return {
        "name": play.name_of(object_id),
        "steps": _steps(turns),
        "modified": [[name, old, new] for turn in turns[1:] for name, old, new in turn.modified],
        "exchanges": list(range(before + 1, play.recording.exchanges + 1)),
    }


def _steps(turns: list[Any]) -> list[dict[str, str]]:
    """The five steps of Entra's portal."""
    first = turns[1] if len(turns) > 1 else turns[0]
    steps = {step.kind: step for step in first.steps}
    scope = steps.get("scoping")
    hits = [
        f"{step.details['attribute']}: {step.details['hits']} found" for step in first.steps if "hits" in step.details
    ]
    actions = [f"{turn.action}: {turn.status}{f' ({turn.reason})' if turn.reason else ''}" for turn in turns[1:]]
    worst = next((turn.status for turn in turns[1:] if turn.status == "Failure"), first.status)
    passed = scope is None or all(scope.details.get(name) != "False" for name in SCOPE)
    return [
        {"step": "Test connection", "status": "Success", "detail": "The target answers."},
        {"step": "Import", "status": "Success", "detail": f"{first.name}, from the directory"},
        {
            "step": "Determine if in scope",
            "status": "Success" if passed else "Skipped",
            "detail": "" if scope is None else ", ".join(f"{name}: {value}" for name, value in scope.details.items()),
        },
        {"step": "Match", "status": "Success", "detail": ", ".join(hits) or "Already linked; no search was necessary."},
        {"step": "Perform action", "status": worst, "detail": "; ".join(actions)},
    ]


def _row(row: Any) -> dict[str, Any]:
    return {
        "target": row.target,
        "source": "" if row.expression is None else row.expression.text,
        "matching": row.matching_priority,
        "type": row.value_type,
    }


def job_of(provider: Provider) -> str:
    """The provider in a few words, for the header of the page."""
    return (
        f"{title_of(provider.idp)}, dialect {provider.dialect.value}"
        if provider.idp == "entra"
        else title_of(provider.idp)
    )
