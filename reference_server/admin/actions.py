"""The actions of an admin, used by the JSON API and the pages. Each change is audited in the same commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from reference_server.clock import Clock
from reference_server.service.accounts import Account, Accounts
from reference_server.service.audit import Actor, AuditEvent, AuditTrail
from reference_server.service.connections import Connection, Connections
from reference_server.service.sessions import Sessions
from reference_server.service.tenants import Refused, Tenant, Tenants, Unknown
from reference_server.service.traffic import Request, Traffic
from reference_server.service.watched_traffic import Verdicts, WatchedTraffic
from reference_server.shadow.resources import Shadow
from reference_server.storage.tables import Record, Tables, Transaction
from reference_server.sync.people import People
from reference_server.sync.runner import Runner
from reference_server.turns import count

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of the running server that the admin pages and the admin API use."""

    tables: Tables
    tenants: Tenants
    connections: Connections
    accounts: Accounts
    sessions: Sessions
    audit: AuditTrail
    shadow: Shadow
    people: People
    runner: Runner
    traffic: Traffic
    clock: Clock
    origin: str
    processes: int = 1  # that serve the same data
    watched: WatchedTraffic | None = None  # None: no judge of clients is plugged in

    def base_url(self, connection: Connection) -> str:
        """The SCIM base URL of a connection, which Entra calls the Tenant URL."""
        return f"{self.origin}/scim/v2/{connection.id}"

    async def latest_traffic(self, connection: Connection) -> tuple[list[Request], Verdicts | None]:
        """The latest requests of a connection. If there is a judge of clients, it judges those that come from now on."""
        shows, verdicts = connection.settings.personal_data, None
        if self.watched is None:
            return self.traffic.latest(connection.id, personal_data=shows), None
        verdicts = await asyncio.to_thread(self.watched.watch(connection.id).judge)
        return self.traffic.latest(connection.id, personal_data=shows, findings_on=verdicts.of), verdicts

    def counts(self, connection: Connection) -> dict[str, int]:
        """The number of shadow resources of each type in a connection."""
        scope = self.shadow.scope(connection.id, connection.tenant_id)
        return {name: len(table) for name, table in scope.resources.items()}

    def orphans(self, accounts: Iterable[Account]) -> list[Account]:
        """Those of these accounts that had a shadow user but no longer have one."""
        found = []
        for account in accounts:
            count(3)
            if account.shadow_id and self.people.shadow_of(account) is None:
                found.append(account)
        return found


def written(step: Callable[Concatenate[Actions, P], R]) -> Callable[Concatenate[Actions, P], Coroutine[Any, Any, R]]:
    """Run a method as one unit of work of the store; awaiting it returns when its commit is on disk."""

    async def unit(self: Actions, /, *given: P.args, **named: P.kwargs) -> R:
        return await self.service.tables.write(lambda: step(self, *given, **named), pauses=True)

    unit.__doc__ = step.__doc__
    return unit


class Actions:
    """Methods that change something. Each returns when the change is on disk.

    They raise Unknown, Invalid, Refused, or StorageFailed.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._background: set[asyncio.Task[Any]] = set()

    # ── tenants ──

    @written
    def create_tenant(self, name: str, plan: str, sso_configured: bool) -> Tenant:
        transaction = self._begin()
        tenant = self.service.tenants.create(
            transaction, name, plan=plan, sso_configured=sso_configured, now=self._now()
        )
        self._done(transaction, "tenant.created", tenant_id=tenant.id)
        return tenant

    @written
    def change_tenant(self, tenant_id: str, plan: str, sso_configured: bool) -> Tenant:
        transaction, before = self._begin(), self.service.tenants.get(tenant_id)
        held = len(self.service.connections.of_tenant(tenant_id))
        tenant = self.service.tenants.change(
            transaction, tenant_id, plan=plan, sso_configured=sso_configured, connections=held
        )
        changed = _changed(before, tenant, ("plan", "sso_configured"))
        if changed:
            self._done(transaction, "tenant.changed", tenant_id=tenant.id, attributes=changed)
        return tenant

    @written
    def create_account(self, tenant_id: str, email: str, display_name: str, protected: bool) -> Account:
        """Create a local account, which a sync can match to a provisioned user."""
        tenant, transaction = self.service.tenants.get(tenant_id), self._begin()
        account = self.service.accounts.create_local(
            transaction, tenant.id, email, display_name, self._now(), protected=protected
        )
        self._done(transaction, "account.created", tenant_id=tenant.id, resource=f"Account/{account.id}")
        return account

    # ── connections ──

    @written
    def create_connection(self, tenant_id: str) -> tuple[Connection, str]:
        """(the new connection, its token). Only the hash of the token is stored."""
        transaction = self._begin()
        try:
            connection, token = self.service.connections.create(transaction, tenant_id, self._now())
        except Refused as error:
            refusal = self._begin()
            self._done(
                refusal, "connection.refused", tenant_id=tenant_id, outcome="refused", detail={"reason": str(error)}
            )
            raise
        self._done(transaction, "connection.created", **_whose(connection))
        return connection, token

    @written
    def rotate(self, connection_id: str, expires_at: datetime | None = None) -> str:
        connection, transaction = self.service.connections.get(connection_id), self._begin()
        token = self.service.connections.rotate(transaction, connection_id, self._now(), expires_at=expires_at)
        self._done(transaction, "token.rotated", **_whose(connection))
        return token

    @written
    def revoke(self, connection_id: str) -> Connection:
        transaction = self._begin()
        connection = self.service.connections.revoke(transaction, connection_id)
        self._done(transaction, "token.revoked", **_whose(connection))
        return connection

    @written
    def change_connection(self, connection_id: str, settings: dict[str, Any]) -> Connection:
        transaction, before = self._begin(), self.service.connections.get(connection_id).settings
        connection = self.service.connections.change(transaction, connection_id, settings)
        changed = _changed(before, connection.settings, settings)
        if changed:
            self._done(transaction, "connection.changed", **_whose(connection), attributes=changed)
        return connection

    async def delete_connection(self, connection_id: str) -> None:
        """Delete the connection and everything that its provider pushed; its accounts remain as orphans for review."""
        if await self.service.runner.is_running(connection_id):
            raise Refused("a sync of this connection is running; try again when it has finished")
        await self._delete_connection(connection_id)
        self.service.traffic.forget(connection_id)
        if self.service.watched is not None:
            self.service.watched.forget(connection_id)

    @written
    def _delete_connection(self, connection_id: str) -> None:
        service = self.service
        connection, transaction = service.connections.get(connection_id), self._begin()
        service.connections.delete(transaction, connection_id)
        service.shadow.forget(transaction, connection_id, connection.tenant_id)
        service.runner.pending.forget(transaction, connection_id)
        self._done(transaction, "connection.deleted", **_whose(connection))

    # ── sync ──

    async def sync(self, connection_id: str, *, force: bool = False) -> Record:
        """Run a sync now and return its record."""
        return await self.service.runner.sync_now(connection_id, force=force)

    async def start_sync(self, connection_id: str, *, force: bool = False) -> str:
        """Start a sync without waiting for its end. Returns the id of the last recorded run before it, or an empty string."""
        service = self.service
        await service.tables.read(lambda: service.connections.get(connection_id))
        last = await service.tables.read(lambda: service.runner.runs(connection_id, 0, 1))
        before = str(last[0]["id"]) if last else ""
        if connection_id in service.runner.running:
            return before
        task = asyncio.create_task(self.service.runner.sync_now(connection_id, force=force))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return before

    # ── sessions ──

    @written
    def open_session(self, connection_id: str, *, shadow_id: str | None, email: str | None) -> Record:
        """Open a session, as an SSO sign-in does, for the account of a shadow user or of an email address."""
        service, connection = self.service, self.service.connections.get(connection_id)
        if shadow_id is not None:
            account = service.accounts.linked(connection.id, shadow_id)
        else:
            account = service.accounts.by_email(connection.tenant_id, email or "")
        if account is None:
            raise Unknown("the account does not exist")
        whose = {**_whose(connection), "resource": f"Account/{account.id}"}
        transaction = self._begin()
        try:
            session = service.sessions.open(transaction, account, self._now())
        except Refused as error:
            refusal = self._begin()
            self._done(
                refusal, "session.refused", actor="user", outcome="refused", detail={"reason": str(error)}, **whose
            )
            raise
        self._done(transaction, "session.opened", actor="user", detail={"session": session["id"]}, **whose)
        return session

    @written
    def end_session(self, session_id: str) -> Record:
        """End an open session; a session that has ended does not change."""
        if self.service.sessions.check(session_id)["ended_at"]:
            return self.service.sessions.check(session_id)
        transaction = self._begin()
        session = self.service.sessions.end(transaction, session_id, "an admin ended the session", self._now())
        account = self.service.accounts.get(session["account_id"])
        self._done(
            transaction,
            "session.ended",
            tenant_id=account.tenant_id if account else None,
            connection_id=account.connection_id if account else None,
            resource=f"Account/{session['account_id']}",
            detail={"reason": session["reason"], "session": session_id},
        )
        return session

    # ── the admin ──

    @written
    def note_sign_in(self, kind: str, address: str) -> None:
        """Audit `admin.signed_in` or `admin.signed_out` with the address of the browser."""
        self._done(self._begin(), kind, detail={"address": address})

    @written
    def note_wrong_token(self, address: str, number: int) -> None:
        """Audit a wrong admin token: the first one from an address within a minute, or the one that reaches the limit."""
        detail = {"address": address, "wrong_tokens": number}
        self._done(self._begin(), "admin.refused", actor="unknown", outcome="refused", detail=detail)

    async def verify_audit(self, head: str | None = None) -> str | None:
        """None if the audit trail is intact and contains every head of the run records, else the first broken event."""
        heads = await self.service.tables.read(lambda: set(self.service.runner.audit_heads()), pauses=True)
        return await self.service.audit.verify(heads | ({head} if head else set()))

    def _begin(self) -> Transaction:
        return self.service.tables.transaction()

    def _now(self) -> datetime:
        return self.service.clock.now()

    def _done(self, transaction: Transaction, kind: str, *, actor: Actor = "admin", **about: Any) -> None:
        self.service.audit.add(transaction, AuditEvent(kind, self._now(), actor, **about))
        transaction.commit()


def _changed(before: object, after: object, names: Iterable[str]) -> tuple[str, ...]:
    """Those of these attributes whose values differ."""
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _whose(connection: Connection) -> dict[str, Any]:
    return {"tenant_id": connection.tenant_id, "connection_id": connection.id}
