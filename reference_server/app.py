"""Wires settings → store → service → sync → routes: the only file that knows them all."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass

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
from reference_server.process import bind, origin_of, serve_until_stopped, write_ready_file
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
from reference_server.storage.opening import open_folder_store
from reference_server.storage.tables import StorageFailed, Tables
from reference_server.sync.apply import Applier
from reference_server.sync.pending import Pending
from reference_server.sync.people import People
from reference_server.sync.runner import Runner
from reference_server.sync.scheduler import Scheduler

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the admin is told; tokens are None when they were made at an earlier start and cannot be shown again."""

    connection_id: str | None  # None: all connections were deleted
    token: str | None
    admin_token: str | None
    control_token: str | None  # made at every start that has a control port


@dataclass(frozen=True, slots=True)
class Wired:
    """The app and what its process needs to know of it."""

    app: Starlette
    first: FirstStart
    service: Service
    scheduler: Scheduler


def run(settings: Settings) -> None:
    """Serve until stopped.

    Raises PortTaken, InvalidSchema, UnfitProfile, FolderInUse, FolderTooNew, FolderNotWritable, StorageFailed or OSError.
    """
    gc.disable()  # process._Server collects when nobody waits
    profile = load_profile(settings.faults) if settings.faults else None
    clock: Clock = (
        VirtualClock(settings.clock_start or SystemClock().now()) if settings.virtual_clock else SystemClock()
    )
    listener = bind(settings.host, settings.port)
    try:
        tables = open_folder_store(settings.data)
    except Exception:
        listener.close()
        raise
    try:
        origin = settings.public_url or origin_of(listener, settings.host)
        wired = build(settings, tables, clock, origin, profile)
        cut = CUT if profile else None
        serve_until_stopped(
            wired.app,
            listener,
            lambda: _announce(settings, wired.first, origin),
            max_body_seconds=settings.limits.max_body_seconds,
            cut_extension=cut,
        )
    finally:
        tables.close()
        listener.close()


def build(settings: Settings, tables: Tables, clock: Clock, origin: str, profile: Profile | None = None) -> Wired:
    """The whole server over opened tables; at the first start it makes a tenant, a connection and the tokens."""
    types = resource_types(read_schemas(settings.data), secrets=not settings.strict)
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
    rate = RateLimit(settings.rate_limit) if settings.rate_limit else None
    scim: App = ScimApp(connections, resources, Discovery(types, settings.limits), origin, clock.now, traffic, rate)
    service = Service(
        tables, tenants, connections, accounts, sessions, audit, shadow, people, runner, traffic, clock, origin
    )

    for connection in connections.all():
        shadow.scope(connection.id, connection.tenant_id)  # now, not in the way of the first request
    faults = Faults(scim, profile) if profile else None
    scim = faults or scim
    first, admin_digest = _first_start(settings, tables, tenants, connections, audit, clock)
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


def _first_start(
    settings: Settings, tables: Tables, tenants: Tenants, connections: Connections, audit: AuditTrail, clock: Clock
) -> tuple[FirstStart, str]:
    """Make what is missing; a token given by setting replaces the stored one. Returns it with the admin token's hash."""
    token, now, transaction = settings.token, clock.now(), tables.transaction()
    first_ever = tables.table("secrets").get("admin") is None
    connection, kind = next(iter(connections.all()), None), None
    if connection is not None:
        if token and connections.authenticate(connection.id, token.encode()) is None:
            connections.rotate(transaction, connection.id, now, token=token)
            kind = "token.rotated"
    elif first_ever:  # later on, none means that somebody deleted them all
        if not tenants.all():
            tenants.create(transaction, "Example", plan="enterprise", sso_configured=True, now=now)
            transaction.commit()
            transaction = tables.transaction()
        connection, token = connections.create(transaction, tenants.all()[0].id, now, token=token)
        kind = "connection.created"
    if connection is not None and kind is not None:
        audit.add(
            transaction,
            kind,
            now,
            actor="first start",
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
        )
        transaction.commit()
    admin_token, digest = _admin_token(settings, tables)
    connection_id = connection.id if connection else None
    return FirstStart(connection_id, token, admin_token, _control_token(settings)), digest


def _control_token(settings: Settings) -> str | None:
    return f"scim_ctl_{secrets.token_urlsafe(32)}" if settings.virtual_clock or settings.faults else None


def _admin_token(settings: Settings, tables: Tables) -> tuple[str | None, str]:
    """(the admin token if it is new or given, its hash)."""
    secrets_table = tables.table("secrets")
    held = secrets_table.get("admin")
    token = settings.admin_token or (None if held else f"scim_adm_{secrets.token_urlsafe(32)}")
    if token:
        held = {"id": "admin", "sha256": hashlib.sha256(token.encode()).hexdigest()}
        transaction = tables.transaction()
        transaction.put(secrets_table, held)
        transaction.commit()
    assert held is not None
    return token, held["sha256"]


def _announce(settings: Settings, first: FirstStart, origin: str) -> None:
    base_url = f"{origin}/scim/v2/{first.connection_id}" if first.connection_id else None
    control_url = f"{origin}/control" if first.control_token else None
    print(f"Scimulator reference server, a test tool: no production data. Folder {settings.data}")  # noqa: T201
    print(f"  SCIM base URL  {base_url or 'no connection: create one on the admin page'}")  # noqa: T201
    print(f"  bearer token   {_told(first.token, settings.token)}")  # noqa: T201
    print(f"  admin page     {origin}/admin/   (JSON API below {origin}/admin/api)")  # noqa: T201
    print(f"  admin token    {_told(first.admin_token, settings.admin_token)}")  # noqa: T201
    if control_url:
        on = " and ".join(
            name
            for name, switched in (("virtual clock", settings.virtual_clock), ("faults", settings.faults))
            if switched
        )
        print(f"  control        {control_url}   {on} on; token {first.control_token}")  # noqa: T201
    if not settings.is_loopback and not settings.public_url:
        print("  warning        listening beyond this machine without TLS: tokens travel in the clear")  # noqa: T201
    print("Ready. Ctrl-C stops it.", flush=True)  # noqa: T201
    if settings.ready_file:
        facts = {
            "base_url": base_url,
            "token": first.token,
            "admin_url": f"{origin}/admin/api",
            "admin_token": first.admin_token,
            "control_url": control_url,
            "control_token": first.control_token,
            "pid": os.getpid(),
        }
        write_ready_file(settings.ready_file, facts)


def _told(token: str | None, given: str | None) -> str:
    if given is not None:
        return "as given"
    return f"{token}   (shown this once)" if token else "made at an earlier start; rotate it to get a new one"
