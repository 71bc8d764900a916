"""The full server in layers: the SCIM core from scim_server.py, the application, and administration.

SCIM core      schemas, shadow tables, endpoints            scim_server.build_scim
application    accounts, sync, sessions, audit              build_service
administration pages, JSON API, control of clock and faults  admin_routes, control_routes
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Lifespan

from reference_server.admin.actions import Actions, Service
from reference_server.admin.api import AdminApi
from reference_server.admin.control import Control
from reference_server.admin.forms import Forms
from reference_server.admin.guard import Guard
from reference_server.admin.pages import Pages
from reference_server.admin.people_pages import PeoplePages
from reference_server.admin.signin import HEADERS
from reference_server.admin.site import Site
from reference_server.admin.unknown_paths import last_route
from reference_server.clock import Clock, VirtualClock
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.health import health_route
from reference_server.endpoints.routes import OnAnswer, ScimApp
from reference_server.faults.middleware import Faults
from reference_server.faults.profile import Profile
from reference_server.first_start import FirstStart, first_start
from reference_server.scim_server import Scim, Server, build_scim
from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail
from reference_server.service.connections import Connections
from reference_server.service.deprovision import Deprovisioning
from reference_server.service.sessions import Sessions
from reference_server.service.tenants import Tenants
from reference_server.service.traffic import Traffic
from reference_server.service.watched_traffic import Judge, OpenJudge, WatchedTraffic
from reference_server.settings import Settings
from reference_server.shadow.resources import Shadow
from reference_server.storage.tables import StorageFailed, Tables
from reference_server.sync.apply import Applier
from reference_server.sync.pending import Pending
from reference_server.sync.people import People
from reference_server.sync.runner import Runner
from reference_server.sync.scheduler import Scheduler
from reference_server.tokens import digest_of


@dataclass(frozen=True, slots=True)
class Wired:
    """The ASGI app and what the server process needs besides it."""

    app: Starlette
    first: FirstStart
    service: Service
    scheduler: Scheduler


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment of the server: settings, store, clock, and the origin that clients use."""

    settings: Settings
    tables: Tables
    clock: Clock
    origin: str


def build(settings: Settings, tables: Tables, clock: Clock, origin: str, profile: Profile | None = None) -> Wired:
    """Build the full server over open tables. The first start creates a tenant, a connection, and the tokens.

    Must run in a writing unit of work.
    """
    environment = Environment(settings, tables, clock, origin)
    tenants = Tenants(tables)
    connections, traffic = Connections(tables, tenants), Traffic()

    scim = build_scim(settings, tables, connections, origin, clock.now, _noting(connections, traffic))
    service = build_service(environment, scim.shadow, tenants, connections, traffic)
    app: ASGIApp = scim.app
    if settings.open_judge is not None:
        app = watched = _watched(environment, scim, traffic, settings.open_judge)
        service = replace(service, watched=watched)
    scheduler = Scheduler(tables, connections, service.runner, clock)

    for connection in connections.all():
        # Opens the tables now, so that the first request does not have to wait.
        scim.shadow.scope(connection.id, connection.tenant_id)
    faults = Faults(app, profile) if profile else None
    first, admin_digest = first_start(settings, tables, tenants, connections, service.audit, clock)
    routes = [
        health_route(tables),
        *admin_routes(service, admin_digest, faults),
        *control_routes(service, scheduler, faults, first.control_token),
    ]
    return Wired(Server(faults or app, routes, _lifespan(service, scheduler)), first, service, scheduler)


def build_service(
    environment: Environment, shadow: Shadow, tenants: Tenants, connections: Connections, traffic: Traffic
) -> Service:
    """The application behind SCIM. It reacts to each write to the shadow tables in the same commit."""
    tables = environment.tables
    audit = AuditTrail(tables, connections.shows_values)
    accounts = Accounts(tables)
    sessions = Sessions(tables, accounts)
    deprovisioning = Deprovisioning(connections, accounts, sessions, audit)
    shadow.add_hook(deprovisioning.on_shadow_write, connections.announce)
    shadow.add_hook(audit.on_shadow_write, audit.announce)
    people = People(connections, shadow, accounts, Pending(tables))
    applier = Applier(accounts, deprovisioning, audit)
    return Service(
        tables=tables,
        tenants=tenants,
        connections=connections,
        accounts=accounts,
        sessions=sessions,
        audit=audit,
        shadow=shadow,
        people=people,
        runner=Runner(tables, connections, people, accounts, applier, audit, environment.clock),
        traffic=traffic,
        clock=environment.clock,
        origin=environment.origin,
        processes=environment.settings.workers,
    )


def _watched(environment: Environment, scim: Scim, traffic: Traffic, open_judge: OpenJudge) -> WatchedTraffic:
    """The SCIM app with the judge of clients, which learns what the server offers when someone first opens a traffic page."""

    def judge_of(connection_id: str) -> Judge:
        documents = Discovery(scim.shadow.types, environment.settings.limits).documents()
        return open_judge(f"{environment.origin}{ScimApp.PREFIX}{connection_id}", *documents)

    return WatchedTraffic(scim.app, traffic, judge_of)


def admin_routes(service: Service, token_sha256: str, faults: Faults | None) -> list[BaseRoute]:
    """The admin pages below /admin and the JSON API below /admin/api."""
    actions = Actions(service)
    guard = Guard(token_sha256, on_wrong=actions.note_wrong_token)
    site = Site(service, guard, lambda: _notices(service.clock, faults))
    pages = [
        *site.routes(),
        *Pages(site, actions).routes(),
        *PeoplePages(site, actions).routes(),
        *Forms(site, actions).routes(),
    ]
    return [
        *(Route(path, lambda request: RedirectResponse("/admin/", headers=HEADERS)) for path in ("/", "/admin")),
        *_guarded("/admin/api", AdminApi(actions).routes(guard), guard),
        Mount("/admin", Router([*pages, last_route(pages, site.page)], redirect_slashes=False)),
    ]


def control_routes(service: Service, scheduler: Scheduler, faults: Faults | None, token: str | None) -> list[BaseRoute]:
    """The /control endpoints for the virtual clock and the faults; none if there is no control token."""
    if token is None:
        return []
    guard = Guard(digest_of(token).hex(), loopback_only=True, token="control token")
    control = Control(service.clock, service.connections, service.runner, scheduler, faults)
    return _guarded("/control", control.routes(guard), guard)


def _guarded(prefix: str, routes: Sequence[Route], guard: Guard) -> list[BaseRoute]:
    """These routes below a prefix. Requests that none of them accepts get a JSON error as well."""
    below = Router([*routes, last_route(routes, guard.wrap)], redirect_slashes=False)
    return [last_route((), guard.wrap, prefix), Mount(prefix, below)]


def _noting(connections: Connections, traffic: Traffic) -> OnAnswer:
    def note(
        connection_id: str, at: datetime, method: str, path: str, query: bytes, status: int, agent: bytes | None
    ) -> None:
        connections.note_use(connection_id, at)
        traffic.note(connection_id, at, method, path, query, status, agent)

    return note


def _notices(clock: Clock, faults: Faults | None) -> list[str]:
    """The notices at the top of every page."""
    notices = []
    if isinstance(clock, VirtualClock):
        notices.append("The virtual clock is on: time advances only through POST /control/clock.")
    if faults:
        notices.append(f"Fault injection is on. Recorded faults: {len(faults.strikes)}.")
    return notices


def _lifespan(service: Service, scheduler: Scheduler) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        schedule = None if isinstance(service.clock, VirtualClock) else asyncio.create_task(scheduler.keep())
        yield
        if schedule is not None:
            schedule.cancel()
            with suppress(asyncio.CancelledError):
                await schedule
        with suppress(StorageFailed):
            await service.tables.write(lambda: _mark_uses(service))

    return lifespan


def _mark_uses(service: Service) -> None:
    transaction = service.tables.transaction()
    service.connections.mark_uses(transaction)
    transaction.commit()
