"""The admin JSON API: tenants, connections, runs, accounts, sessions, audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_server.admin.guard import HEADERS, Answer, BadRequest, Guard, expect, read_object
from reference_server.clock import Clock
from reference_server.service.accounts import Accounts
from reference_server.service.audit import AuditTrail
from reference_server.service.connections import Connection, Connections
from reference_server.service.sessions import Sessions
from reference_server.service.tenants import Tenants, Unknown
from reference_server.shadow.resources import Shadow
from reference_server.storage.tables import Record, Tables
from reference_server.sync.runner import Runner

PAGE = 1_000


class AdminApi:
    """The handlers; each returns (status, JSON value)."""

    def __init__(
        self,
        tables: Tables,
        tenants: Tenants,
        connections: Connections,
        accounts: Accounts,
        sessions: Sessions,
        audit: AuditTrail,
        shadow: Shadow,
        runner: Runner,
        clock: Clock,
    ) -> None:
        self._tables = tables
        self._tenants = tenants
        self._connections = connections
        self._accounts = accounts
        self._sessions = sessions
        self._audit = audit
        self._shadow = shadow
        self._runner = runner
        self._clock = clock

    def routes(self, guard: Guard) -> list[Route]:
        """One line per endpoint and method, below /admin/api."""
        table: list[tuple[str, str, Any]] = [
            ("GET", "/tenants", self.list_tenants),
            ("POST", "/tenants", self.create_tenant),
            ("POST", "/tenants/{tenant}/connections", self.create_connection),
            ("GET", "/connections", self.list_connections),
            ("GET", "/connections/{connection}", self.show_connection),
            ("PATCH", "/connections/{connection}", self.change_connection),
            ("DELETE", "/connections/{connection}", self.delete_connection),
            ("POST", "/connections/{connection}/rotate", self.rotate),
            ("POST", "/connections/{connection}/sync", self.sync),
            ("GET", "/connections/{connection}/runs", self.list_runs),
            ("GET", "/connections/{connection}/accounts", self.list_accounts),
            ("GET", "/connections/{connection}/orphans", self.list_orphans),
            ("GET", "/connections/{connection}/sessions", self.list_sessions),
            ("POST", "/connections/{connection}/sessions", self.open_session),
            ("GET", "/sessions/{session}", self.check_session),
            ("GET", "/audit", self.export_audit),
            ("GET", "/audit/verify", self.verify_audit),
        ]
        return [Route(path, guard.wrap(handler), methods=[method]) for method, path, handler in table]

    # ── tenants and connections ──

    async def list_tenants(self, request: Request) -> Answer:
        return 200, {"items": [asdict(tenant) for tenant in self._tenants.all()]}

    async def create_tenant(self, request: Request) -> Answer:
        body = await read_object(request)
        tenant = self._tenants.create(
            expect(body, "name", str),
            plan=expect(body, "plan", str, "free"),
            sso_configured=expect(body, "sso_configured", bool, False),
            now=self._clock.now(),
        )
        return 201, asdict(tenant)

    async def create_connection(self, request: Request) -> Answer:
        connection, token = self._connections.create(request.path_params["tenant"], self._clock.now())
        await self._note("connection.created", connection)
        return 201, {**_shown(connection), "token": token}

    async def list_connections(self, request: Request) -> Answer:
        return 200, {"items": [_shown(connection) for connection in self._connections.all()]}

    async def show_connection(self, request: Request) -> Answer:
        connection = self._connection(request)
        scope = self._shadow.scope(connection.id, connection.tenant_id)
        used_at = self._connections.used_at.get(connection.id)
        counts = {name: len(table) for name, table in scope.resources.items()}
        return 200, {**_shown(connection), "shadow": counts, "used_at": used_at.isoformat() if used_at else None}

    async def change_connection(self, request: Request) -> Answer:
        connection = self._connections.change(self._connection(request).id, await read_object(request))
        await self._note("connection.changed", connection)
        return 200, _shown(connection)

    async def delete_connection(self, request: Request) -> Answer:
        connection = self._connection(request)
        transaction = self._tables.transaction()
        self._connections.delete(transaction, connection.id)
        self._shadow.forget(transaction, connection.id, connection.tenant_id)
        self._audit.add(
            transaction, "connection.deleted", self._clock.now(), actor="admin", connection_id=connection.id
        )
        await transaction.commit()
        return 200, {"deleted": connection.id}

    async def rotate(self, request: Request) -> Answer:
        connection = self._connection(request)
        token = self._connections.rotate(connection.id)
        await self._note("token.rotated", connection)
        return 200, {"id": connection.id, "token": token}

    # ── sync and accounts ──

    async def sync(self, request: Request) -> Answer:
        connection = self._connection(request)
        body = await read_object(request)
        return 200, await self._runner.sync_now(connection.id, force=expect(body, "force", bool, False))

    async def list_runs(self, request: Request) -> Answer:
        return 200, {"items": self._runner.runs(self._connection(request).id)}

    async def list_accounts(self, request: Request) -> Answer:
        accounts = self._accounts.of_connection(self._connection(request).id)
        start, count = _number(request, "start", 0), min(_number(request, "count", 100), PAGE)
        return 200, {"total": len(accounts), "items": accounts[start : start + count]}

    async def list_orphans(self, request: Request) -> Answer:
        connection = self._connection(request)
        users = self._shadow.scope(connection.id, connection.tenant_id).resources["User"]
        orphans = [a for a in self._accounts.of_connection(connection.id) if a["shadow_id"] not in users]
        return 200, {"total": len(orphans), "items": orphans[:PAGE]}

    # ── sessions ──

    async def list_sessions(self, request: Request) -> Answer:
        accounts = self._accounts.of_connection(self._connection(request).id)
        return 200, {"items": [s for account in accounts for s in self._sessions.of_account(account["id"])][:PAGE]}

    async def open_session(self, request: Request) -> Answer:
        connection = self._connection(request)
        body = await read_object(request)
        account: Record | None = None
        if "shadow_id" in body:
            account = self._accounts.linked(connection.id, expect(body, "shadow_id", str))
        elif "email" in body:
            account = self._accounts.by_email(connection.tenant_id, expect(body, "email", str))
        else:
            raise BadRequest("expected shadow_id or email")
        if account is None:
            raise Unknown("no such account")
        session = self._sessions.open(account, self._clock.now())
        return 201, {"session_id": session["id"], "account_id": account["id"]}

    async def check_session(self, request: Request) -> Answer:
        return 200, self._sessions.check(request.path_params["session"])

    # ── audit ──

    async def export_audit(self, request: Request) -> Answer:
        wanted = {name: request.query_params.get(name) for name in ("connection_id", "kind", "since")}
        lines = b"".join(orjson.dumps(event) + b"\n" for event in self._audit.events(**wanted))
        return 200, Response(lines, headers=HEADERS, media_type="application/jsonl")

    async def verify_audit(self, request: Request) -> Answer:
        broken = self._audit.verify(request.query_params.get("head"))
        return 200, {"whole": broken is None, "broken": broken, "head": self._audit.head}

    def _connection(self, request: Request) -> Connection:
        return self._connections.get(request.path_params["connection"])

    async def _note(self, kind: str, connection: Connection) -> None:
        transaction = self._tables.transaction()
        self._audit.add(
            transaction,
            kind,
            self._clock.now(),
            actor="admin",
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
        )
        await transaction.commit()


def _shown(connection: Connection) -> dict[str, Any]:
    return asdict(connection)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadRequest(f"{name}: expected a number")
    return int(text)
