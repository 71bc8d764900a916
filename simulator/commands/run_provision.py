"""The provision command: provisions one user or group on demand and shows the portal's five steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import uvloop

from simulator.company.people import Company
from simulator.directory.directory import Directory
from simulator.entra.on_demand import OnDemandRefused, provision_on_demand
from simulator.entra.provider import EntraProvider
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn
from simulator.report.console import kept_line
from simulator.report.difference import printable
from simulator.run import session
from simulator.run.discovery import discover
from simulator.run.made_resources import MadeResources
from simulator.run.outcome import TargetUnusable, why_unusable
from simulator.run.session import BadInput
from simulator.scenario.model import Scenario
from simulator.stream.events import ObjectKind
from simulator.wire.exchange import Exchange

BODY = 600


def run_provision(who: str, members: list[str], scenario: Scenario, url: str | None, secrets: session.Secrets) -> int:
    """Provision and print the steps. Returns 0 if nothing failed. Raises BadInput or TargetUnusable."""
    company = scenario.company()
    directory = Directory.from_company(company, scenario.start)
    directory.sync_all = scenario.provider.sync_all
    kind, object_id = _find(who, directory, company)
    chosen = [_find(member, directory, company)[1] for member in members]
    with session.open_target(url, secrets, scenario) as target:
        return uvloop.run(_provision(kind, object_id, chosen, scenario, directory, target))


async def _provision(
    kind: ObjectKind,
    object_id: str,
    members: list[str],
    scenario: Scenario,
    directory: Directory,
    target: session.Target,
) -> int:
    numbers = iter(range(1, 10_000))
    schema = session.schema_of(scenario)
    async with session.client_of(scenario, target) as bare:
        client = MadeResources(bare)
        found = await discover(bare)
        if not found.has_groups:
            scenario = session.without_groups(scenario)
            if kind == "group":
                raise BadInput(f"groups cannot be provisioned: {found.no_groups or found.broken_groups}")
        settings = scenario.provider.settings()

        async def send(request: Request, cause: dict[str, str]) -> Exchange:
            return replace(await client.send(request, virtual_at=scenario.start, cause=cause), number=next(numbers))

        provider = EntraProvider(directory, settings, seed=scenario.seed, schema=schema)
        job = Job(provider, send)
        for text in found.remarks(job.schema, groups=kind == "group"):
            _say(f"  !  {printable(text)}")
        try:
            turns = await provision_on_demand(job, settings, kind, object_id, scenario.start, members)
        except OnDemandRefused as error:
            raise BadInput(str(error)) from None
        except ConnectionTestFailed as error:
            _say(
                f"  1  test connection    ✘  {provider.report(error.failure, job.turn('probe', ''))[0]}: {printable(str(error))}"
            )
            raise TargetUnusable(why_unusable(target.url, error)) from None
    for turn in turns[1:]:
        for line in _lines(turn):
            _say(line)
    if target.embedded is None and client.paths:
        _say(kept_line(client.paths))
    return 1 if any(turn.status == "Failure" for turn in turns) else 0


def _lines(turn: Turn) -> Iterator[str]:
    """The lines of the five steps, the changed attributes, and the requests, which the portal does not show."""
    steps = {step.kind: step for step in turn.steps}
    noun = turn.what
    yield f"{printable(turn.name)}  ({turn.object_id})"
    if not turn.is_reference:
        scope = (
            " · ".join(f"{name} {value}" for name, value in steps["scoping"].details.items())
            if "scoping" in steps
            else ""
        )
        found = [
            f"{step.details['attribute']}: {_hits(step.details['hits'])}"
            for step in turn.steps
            if "hits" in step.details
        ]
        yield "  1  test connection    ✔"
        yield f"  2  import {noun:<10}  ✔  from Microsoft Entra ID"
        yield f"  3  determine scope    ✔  {scope}"
        yield f"  4  match {noun:<11}  ✔  {', '.join(found) or 'not needed'}"
    mark = {"Failure": "✘", "Skipped": "–", "Warning": "!"}.get(turn.status, "✔")
    action = {"manager": "set the manager", "members": "set the members"}.get(turn.kind, "perform action")
    told = (
        turn.action
        if turn.status in ("Success", "Warning")
        else f"{turn.action}: {turn.error_code}: {printable(turn.reason)}"
    )
    if turn.is_reference and turn.status == "Skipped":
        told = "nothing to do"
    yield f"  5  {action:<17}  {mark}  {told}{f'  → {printable(turn.target_id)}' if turn.target_id else ''}"
    for name, old, new in turn.modified:
        yield f"       {name}: {'–' if old is None else printable(str(old))} → {printable(str(new))}"
    for exchange in turn.exchanges:
        yield f"     {exchange.method} {printable(exchange.url)} → {exchange.status or printable(exchange.failure or '')}"
        for sign, body in ((">", exchange.request_body), ("<", exchange.response_body)):
            if body:
                yield f"       {sign} {printable(body.decode('utf-8', 'replace'))[:BODY]}"
    yield ""


def _hits(count: str) -> str:
    return {"0": "no match", "1": "one match"}.get(count, f"{count} matches")


def _find(who: str, directory: Directory, company: Company) -> tuple[ObjectKind, str]:
    """The kind and object id for a name, user name, object id, or number. Raises BadInput."""
    wanted = who.casefold()
    if who.isdigit() and int(who) < company.size:
        return "user", company.object_id("person", int(who))
    found: list[tuple[ObjectKind, str]] = [
        ("user", user.object_id)
        for user in directory.users.values()
        if wanted in (user.object_id, user.name.casefold(), str(user.attributes["userPrincipalName"]).casefold())
    ]
    found += [("group", g.object_id) for g in directory.groups.values() if wanted in (g.object_id, g.name.casefold())]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f'{len(found)} users or groups have the name "{who}"; use the user name or the object id')
    raise BadInput(
        f'no user or group "{who}"; expected a name, user name, object id, or number of a user, or the name of a group'
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
