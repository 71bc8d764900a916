"""The first start: creates a tenant, a connection, and tokens, and writes the start message and the ready-file."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reference_server.clock import Clock
from reference_server.process import write_ready_file
from reference_server.service.audit import AuditEvent, AuditTrail
from reference_server.service.connections import Connections
from reference_server.service.tenants import Tenants
from reference_server.settings import Settings
from reference_server.storage.tables import Tables
from reference_server.tokens import ADMIN_PREFIX, CONTROL_PREFIX, digest_of, new_token
from secrecy.redaction import learn

NEW_TOKEN = "created earlier and not shown again; to get a new one, rotate it on the admin page"
NEW_ADMIN_TOKEN = (
    "set at an earlier start and not shown again; to replace it, set SCIM_ADMIN_TOKEN and restart the server"
)


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the start message shows. A token is None if an earlier start created it, because only its hash is stored."""

    connection_id: str | None  # None: all connections were deleted
    token: str | None
    admin_token: str | None
    control_token: str | None  # created at every start with a control endpoint


def first_start(
    settings: Settings, tables: Tables, tenants: Tenants, connections: Connections, audit: AuditTrail, clock: Clock
) -> tuple[FirstStart, str]:
    """Create what is missing; a token in the settings replaces the stored one. Returns the hash of the admin token, too."""
    token, now, transaction = settings.token, clock.now(), tables.transaction()
    first_ever = tables.table("secrets").get("admin") is None
    connection, kind = next(iter(connections.all()), None), None
    if connection is not None:
        if token and connections.caller(connection.id, token.encode(), None) is None:
            connections.rotate(transaction, connection.id, now, token=token)
            kind = "token.rotated"
    elif first_ever:  # at a later start, an admin has deleted all connections
        if not tenants.all():
            tenants.create(transaction, "Example", plan="enterprise", sso_configured=True, now=now)
            transaction.commit()
            transaction = tables.transaction()
        connection, token = connections.create(transaction, tenants.all()[0].id, now, token=token)
        kind = "connection.created"
    if connection is not None and kind is not None:
        audit.add(transaction, AuditEvent(kind, now, "first start", connection.tenant_id, connection.id))
        transaction.commit()
    admin_token, digest = _admin_token(settings, tables)
    connection_id = connection.id if connection else None
    return FirstStart(connection_id, token, admin_token, _control_token(settings)), digest


def _control_token(settings: Settings) -> str | None:
    return new_token(CONTROL_PREFIX) if settings.virtual_clock or settings.faults else None


def _admin_token(settings: Settings, tables: Tables) -> tuple[str | None, str]:
    """(the admin token if it is new or given, its hash)."""
    secrets_table = tables.table("secrets")
    held = secrets_table.get("admin")
    token = settings.admin_token or (None if held else new_token(ADMIN_PREFIX))
    if token:
        held = {"id": "admin", "sha256": digest_of(token).hex()}
        transaction = tables.transaction()
        transaction.put(secrets_table, held)
        transaction.commit()
    assert held is not None
    return token, held["sha256"]


def announce(settings: Settings, first: FirstStart, origin: str) -> None:
    base_url = f"{origin}/scim/v2/{first.connection_id}" if first.connection_id else None
    control_url = f"{origin}/control" if first.control_token else None
    print(f"Scimulator reference server (a test tool; do not store production data). {settings.place}")  # noqa: T201
    print(f"  SCIM base URL  {base_url or 'none; create a connection on the admin page'}")  # noqa: T201
    print(f"  bearer token   {_told(first.token, settings.token, NEW_TOKEN) if base_url else 'none'}")  # noqa: T201
    print(f"  admin page     {origin}/admin/   (JSON API: {origin}/admin/api)")  # noqa: T201
    print(f"  admin token    {_told(first.admin_token, settings.admin_token, NEW_ADMIN_TOKEN)}")  # noqa: T201
    if control_url:
        on = " and ".join(
            name
            for name, switched in (("virtual clock", settings.virtual_clock), ("faults", settings.faults))
            if switched
        )
        print(f"  control        {control_url}   for {on}; token {first.control_token}")  # noqa: T201
    if not settings.is_loopback and not settings.public_url:
        print("  warning        The server listens beyond this machine without TLS, so tokens are sent unencrypted.")  # noqa: T201
    print("Ready. Press Ctrl-C to stop.", flush=True)  # noqa: T201
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
    learn(first.token, first.admin_token, first.control_token)  # redacts them in all later output


def _told(token: str | None, given: str | None, otherwise: str) -> str:
    if given is not None:
        return "as configured"
    return f"{token}   (shown only once)" if token else otherwise
