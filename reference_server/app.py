"""Wires settings → store → service → sync → routes: the only file that knows them all."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import uvloop
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from reference_server.admin.actions import Actions, Service
from reference_server.admin.api import AdminApi
from reference_server.admin.control import Control
from reference_server.admin.forms import Forms
from reference_server.admin.guard import Guard
from reference_server.admin.pages import Pages
from reference_server.admin.people_pages import PeoplePages
from reference_server.admin.site import Site
from reference_server.clock import Clock, SystemClock, VirtualClock
from reference_server.endpoints.discovery import Discovery
from reference_server.endpoints.rate_limit import RateLimit
from reference_server.endpoints.resources import Resources
from reference_server.endpoints.routes import ScimApp
from reference_server.faults.effects import CUT, App
from reference_server.faults.middleware import Faults
from reference_server.faults.profile import Profile, load_profile
from reference_server.first_start import FirstStart, announce, first_start
from reference_server.process import bind, origin_of, serve_until_stopped
from reference_server.schemas_folder import read_schemas
from reference_server.scim.resource_type import resource_types
from reference_server.scim.tolerance import Rules
from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail
from reference_server.service.connections import Connections
from reference_server.service.deprovision import Deprovisioning
from reference_server.service.sessions import Sessions
from reference_server.service.tenants import Tenants
from reference_server.service.traffic import Traffic
from reference_server.settings import Settings
from reference_server.shadow.resources import Shadow
from reference_server.storage.opening import open_store
from reference_server.storage.tables import StorageFailed, Tables
from reference_server.sync.apply import Applier
from reference_server.sync.pending import Pending
from reference_server.sync.people import People
from reference_server.sync.runner import Runner
from reference_server.sync.scheduler import Scheduler
from reference_server.workers import lead

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Wired:
    """The app and what its process needs to know of it."""

    app: Starlette
    first: FirstStart
    service: Service
    scheduler: Scheduler


def run(settings: Settings) -> None:
    """Serve until stopped, in as many processes as the settings say.

    Raises PortTaken, WorkersFailed, InvalidSchema, UnfitProfile, FolderInUse, FolderTooNew, FolderNotWritable,
    StorageFailed or OSError.
    """
    listener = bind(settings.host, settings.port)
    try:
        if settings.workers == 1:
            serve(settings, listener, None)
        else:
            first = asyncio.run(_start_first(settings, _origin(settings, listener)))
            held = replace(settings, token=None, admin_token=None)  # what was given is stored by now
            lead(serve, held, listener, lambda: announce(settings, first, _origin(settings, listener)))
    finally:
        listener.close()


def serve(settings: Settings, listener: socket.socket, on_ready: Callable[[], None] | None) -> None:
    """One server process on a socket that listens; `on_ready` instead of the lines of the first start."""
    gc.disable()  # process._Server collects when nobody waits
    origin = _origin(settings, listener)
    profile = load_profile(settings.faults) if settings.faults else None
    clock: Clock = (
        VirtualClock(settings.clock_start or SystemClock().now()) if settings.virtual_clock else SystemClock()
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        tables = runner.run(open_store(settings.data))
        try:
            wired = runner.run(tables.write(lambda: build(settings, tables, clock, origin, profile)))
            runner.run(
                serve_until_stopped(
                    wired.app,
                    listener,
                    on_ready or (lambda: announce(settings, wired.first, origin)),
                    max_body_seconds=settings.limits.max_body_seconds,
                    cut_extension=CUT if profile else None,
                )
            )
        finally:
            runner.run(tables.aclose())


async def _start_first(settings: Settings, origin: str) -> FirstStart:
    """Make what is missing, before several processes serve it."""
    tables = await open_store(settings.data)
    try:
        return (await tables.write(lambda: build(settings, tables, SystemClock(), origin))).first
    finally:
        await tables.aclose()


def _origin(settings: Settings, listener: socket.socket) -> str:
    return settings.public_url or origin_of(listener, settings.host)


def build(settings: Settings, tables: Tables, clock: Clock, origin: str, profile: Profile | None = None) -> Wired:
    """The whole server over opened tables; at the first start it makes a tenant, a connection and the tokens.

    Within a unit of work that writes.
    """
    types = resource_types(read_schemas(settings.schemas_folder), secrets=Rules(settings.strict).allows("passwords"))
    tenants = Tenants(tables)
    connections = Connections(tables, tenants)
    audit = AuditTrail(tables, lambda connection_id: connections.get(connection_id).settings.personal_data)
    accounts = Accounts(tables)
    sessions = Sessions(tables, accounts)
    deprovisioning = Deprovisioning(connections, accounts, sessions, audit)
    shadow = Shadow(tables, types, now=clock.now, hooks=(deprovisioning.on_shadow_write, audit.on_shadow_write))
    people = People(connections, shadow, accounts, Pending(tables))
    applier = Applier(accounts, deprovisioning, audit)
    runner = Runner(tables, connections, people, accounts, applier, audit, clock)
    scheduler = Scheduler(tables, connections, runner, clock)
    resources = Resources(tables, shadow, Rules(settings.strict), settings.limits, connections.cursor_key, clock.now)
    traffic = Traffic()
    rate = RateLimit(-(-settings.rate_limit // settings.workers)) if settings.rate_limit else None  # each its part
    scim: App = ScimApp(connections, resources, Discovery(types, settings.limits), origin, clock.now, traffic, rate)
    service = Service(
        tables,
        tenants,
        connections,
        accounts,
        sessions,
        audit,
        shadow,
        people,
        runner,
        traffic,
        clock,
        origin,
        settings.workers,
    )

    for connection in connections.all():
        shadow.scope(connection.id, connection.tenant_id)  # now, not in the way of the first request
    faults = Faults(scim, profile) if profile else None
    scim = faults or scim
    first, admin_digest = first_start(settings, tables, tenants, connections, audit, clock)
    guard = Guard(admin_digest)
    actions = Actions(service)
    site = Site(service, guard, lambda: _notices(clock, faults))
    pages = [
        *site.routes(),
        *Pages(site, actions).routes(),
        *PeoplePages(site, actions).routes(),
        *Forms(site, actions).routes(),
    ]
    mounts: list[BaseRoute] = [
        Route("/", lambda request: RedirectResponse("/admin/")),
        Mount("/admin/api", routes=AdminApi(actions).routes(guard)),
        Mount("/admin", routes=pages),
    ]
    if first.control_token:
        control_guard = Guard(hashlib.sha256(first.control_token.encode()).hexdigest(), loopback_only=True)
        control = Control(clock, connections, runner, scheduler, faults)
        mounts.append(Mount("/control", routes=control.routes(control_guard)))
    return Wired(Server(scim, mounts, _lifespan(service, scheduler)), first, service, scheduler)


class Server(Starlette):
    """Starlette for everything but SCIM itself, which needs none of its layers and would pay a tenth of its speed for them."""

    def __init__(self, scim: App, routes: list[BaseRoute], lifespan: Lifespan) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._scim = scim

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(ScimApp.PREFIX):
            await self._scim(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _notices(clock: Clock, faults: Faults | None) -> list[str]:
    """What every page must say on top."""
    notices = []
    if isinstance(clock, VirtualClock):
        notices.append("Virtual clock on: time stands still until the control port moves it.")
    if faults:
        notices.append(f"Faults on: {len(faults.strikes)} injected on purpose.")
    return notices


def _lifespan(service: Service, scheduler: Scheduler) -> Lifespan:
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
