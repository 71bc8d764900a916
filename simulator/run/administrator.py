"""What an administrator does with the provisioning job, as the events of a scenario (HOW, KNOWN, QUAR, POD)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulator.company.people import Company
from simulator.entra.on_demand import OnDemandRefused, provision_on_demand
from simulator.entra.settings import EntraSettings
from simulator.lifecycle.lifecycle_events import LifecycleEvent
from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.scoping_filter import Clause, FilterGroup, ScopingFilter
from simulator.provisioning.answers import ConnectionTestFailed
from simulator.provisioning.job import Job
from simulator.provisioning.state import PORTAL_RESTART, ResetScope


class Administrator:
    """Acts on one job."""

    def __init__(self, job: Job, settings: EntraSettings, company: Company) -> None:
        self._job, self._settings, self._company = job, settings, company

    async def act(self, event: LifecycleEvent) -> None:
        """Carry out an event of the kind "provider"."""
        if event.what == "provisioned_on_demand":
            if self._job.provider.offers_on_demand:
                await self._provision(event)
        elif event.what in _ACTIONS:
            _ACTIONS[event.what](self._job, event)

    async def _provision(self, event: LifecycleEvent) -> None:
        object_id = self._company.object_id("person", -1 if event.person is None else event.person)
        try:
            turns = await provision_on_demand(self._job, self._settings, "user", object_id, event.at)
        except (OnDemandRefused, ConnectionTestFailed):
            return  # a user whom the portal does not find yet, or a target that is down, which the probe has reported
        for turn in turns[1:]:  # the connection test was reported when it was made
            self._job.tell(turn)


def _restart(job: Job, event: LifecycleEvent) -> None:
    scopes = [ResetScope(scope) for scope in event.detail.get("scopes", ())]
    job.restart(scopes or PORTAL_RESTART)


def _change_scope(job: Job, event: LifecycleEvent) -> None:
    """Change the scope without a restart: Entra evaluates a user again only when the user changes (KNOWN)."""
    job.directory.sync_all = event.detail["scope"] == "all"


def _change_mapping(job: Job, event: LifecycleEvent) -> None:
    """Change, add, or (without an expression) remove the mapping of one target attribute of users."""
    target, expression, held = event.detail["attribute"], event.detail.get("expression"), job.schema.user
    if expression is None:
        rows = tuple(row for row in held.rows if row.target != target)
    else:
        parsed = parse_expression(expression)
        rows = tuple(replace(row, expression=parsed) if row.target == target else row for row in held.rows)
        if all(row.target != target for row in rows):
            rows = (*rows, AttributeMapping(target, parsed))
    _configure(job, replace(held, rows=rows))


def _change_filter(job: Job, event: LifecycleEvent) -> None:
    """The scoping filter of users is one clause, or without an attribute none."""
    detail = event.detail
    groups: tuple[FilterGroup, ...] = ()
    if "attribute" in detail:
        clause = Clause(detail["attribute"], detail["operator"], tuple(map(str, detail.get("values", ()))))
        groups = (FilterGroup("filter 1", (clause,)),)
    _configure(job, replace(job.schema.user, scope=ScopingFilter(groups)))


def _configure(job: Job, users: ObjectMapping) -> None:
    job.configure(replace(job.schema, user=users))


_ACTIONS: dict[str, Callable[[Job, LifecycleEvent], None]] = {
    "job_stopped": lambda job, event: job.stop(),
    "job_started": lambda job, event: job.restart([ResetScope.NONE]),
    "deletes_allowed": lambda job, event: job.restart([ResetScope.FORCE_DELETES]),
    "job_restarted": _restart,
    "scope_changed": _change_scope,
    "mapping_changed": _change_mapping,
    "filter_changed": _change_filter,
}
