"""The admin JSON API. `openapi.json` defines its routes: each operationId is the name of a method in this module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import UTC
from inspect import iscoroutinefunction
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from reference_server.admin.actions import Actions
from reference_server.admin.document import Document
from reference_server.admin.guard import (
    HEADERS,
    Answer,
    BadRequest,
    Guard,
    Handler,
    expect,
    expect_only,
    read_object,
    read_time,
)
from reference_server.service.account_changes import changed_since
from reference_server.service.accounts import Account
from reference_server.service.audit import AuditFilter
from reference_server.service.connections import Connection
from reference_server.storage.tables import Record, Result
from reference_server.sync.exposure import leavers, longest_possible
from reference_server.sync.preview import preview
from reference_server.sync.schedule import upcoming
from reference_server.turns import count

PAGE = 1_000
WITH_BODY = ("post", "patch")
OF_A_REQUEST = ("message", "expected", "got")  # members of a finding that are about one request
AUDIT_FILTERS = ("connection_id", "kind", "actor", "resource", "outcome", "since", "until")


class AdminApi:
    """The handlers of the operations. Each returns (status, JSON value)."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._service = actions.service
        self._document = Document()

    def routes(self, guard: Guard) -> list[Route]:
        """All routes below /admin/api."""
        return [
            Route(path, guard.wrap(self._handler(method, operation)), methods=[method.upper()])
            for path, method, operation in self._document.operations()
        ]

    def _handler(self, method: str, operation: dict[str, Any]) -> Handler:
        """Wrap a handler. It accepts only the query parameters and the members of the body that the document describes.

        The handler of a POST or PATCH also receives the body. One that is not a coroutine only reads, in one unit of work.
        """
        handler: Any = getattr(self, operation["operationId"])
        parameters, members = self._document.parameters(operation), self._document.members(operation)

        async def checked(request: Request) -> Answer:
            expect_only("query parameter", request.query_params, parameters)
            if method in WITH_BODY:
                body = await read_object(request)
                expect_only("member of the body", body, members)
                return cast(Answer, await handler(request, body))
            if iscoroutinefunction(handler):
                return cast(Answer, await handler(request))
            return await self._read(lambda: handler(request))

        return checked

    async def _read(self, work: Callable[[], Result]) -> Result:
        return await self._service.tables.read(work, pauses=True)

    async def openapi(self, request: Request) -> Answer:
        return 200, {**self._document.content, "servers": [{"url": f"{self._service.origin}/admin/api"}]}

    # ── tenants ──

    def list_tenants(self, request: Request) -> Answer:
        return 200, {"items": [asdict(tenant) for tenant in self._service.tenants.all()]}

    async def create_tenant(self, _request: Request, body: Record) -> Answer:
        tenant = await self._actions.create_tenant(
            expect(body, "name", str), expect(body, "plan", str, "free"), expect(body, "sso_configured", bool, False)
        )
        return 201, asdict(tenant)

    async def change_tenant(self, request: Request, body: Record) -> Answer:
        tenant = await self._read(lambda: self._service.tenants.get(request.path_params["tenant"]))
        plan, sso = expect(body, "plan", str, tenant.plan), expect(body, "sso_configured", bool, tenant.sso_configured)
        return 200, asdict(await self._actions.change_tenant(tenant.id, plan, sso))

    async def create_account(self, request: Request, body: Record) -> Answer:
        email, name = expect(body, "email", str), expect(body, "display_name", str, "")
        protected = expect(body, "protected", bool, False)
        account = await self._actions.create_account(request.path_params["tenant"], email, name, protected)
        return 201, account.to_record()

    def list_tenant_accounts(self, request: Request) -> Answer:
        tenant = self._service.tenants.get(request.path_params["tenant"])
        return 200, _accounts(request, self._service.accounts.of_tenant(tenant.id))

    def list_tenant_orphans(self, request: Request) -> Answer:
        tenant = self._service.tenants.get(request.path_params["tenant"])
        return 200, _accounts(request, self._service.orphans(self._service.accounts.of_tenant(tenant.id)))

    # ── connections ──

    async def create_connection(self, request: Request, _body: Record) -> Answer:
        connection, token = await self._actions.create_connection(request.path_params["tenant"])
        return 201, {**await self._read(lambda: self._shown(connection)), "token": token}

    def list_connections(self, request: Request) -> Answer:
        return 200, {"items": [self._shown(connection) for connection in self._service.connections.all()]}

    def show_connection(self, request: Request) -> Answer:
        connection, service = self._connection(request), self._service
        progress = service.runner.running.get(connection.id)
        ticks = upcoming(connection.settings, service.clock.now(), 3)
        return 200, {
            **self._shown(connection),
            "shadow": service.counts(connection),
            "running": asdict(progress) if progress else None,
            "next_ticks": [{"at": tick.at.isoformat(), "full": tick.full} for tick in ticks],
        }

    async def change_connection(self, request: Request, body: Record) -> Answer:
        changed = await self._actions.change_connection(request.path_params["connection"], body)
        return 200, await self._read(lambda: self._shown(changed))

    async def delete_connection(self, request: Request) -> Answer:
        connection_id = request.path_params["connection"]
        await self._actions.delete_connection(connection_id)
        return 200, {"deleted": connection_id}

    async def rotate_token(self, request: Request, body: Record) -> Answer:
        connection_id, ends = request.path_params["connection"], body.get("expires_at")
        token = await self._actions.rotate(connection_id, None if ends is None else read_time("expires_at", ends))
        return 200, {"id": connection_id, "token": token}

    async def revoke_token(self, request: Request, _body: Record) -> Answer:
        revoked = await self._actions.revoke(request.path_params["connection"])
        return 200, await self._read(lambda: self._shown(revoked))

    # ── sync and accounts ──

    async def sync(self, request: Request, body: Record) -> Answer:
        force = expect(body, "force", bool, False)
        return 200, await self._actions.sync(request.path_params["connection"], force=force)

    async def preview(self, request: Request) -> Answer:
        start, count = _page(request)
        connection = await self._read(lambda: self._connection(request))
        found = await preview(self._service.tables, self._service.people, connection, start, count)
        return 200, {"counts": found.counts, "rows": [asdict(row) for row in found.rows]}

    def list_runs(self, request: Request) -> Answer:
        connection_id, runner = self._connection(request).id, self._service.runner
        return 200, {"total": runner.run_count(connection_id), "items": runner.runs(connection_id, *_page(request))}

    def list_accounts(self, request: Request) -> Answer:
        connection_id, accounts = self._connection(request).id, self._service.accounts
        if "changed_since" in request.query_params:
            since = read_time("changed_since", request.query_params["changed_since"]).isoformat()
            after, audit = request.query_params.get("after_event"), self._service.audit
            found = changed_since(accounts, audit, connection_id, since, after)
            return 200, {**_accounts(request, found), "newest_event": audit.newest_id}
        if "shadow_id" in request.query_params:
            linked = accounts.linked(connection_id, request.query_params["shadow_id"])
            return 200, _accounts(request, [linked] if linked else [])
        items = [account.to_record() for account in accounts.page(connection_id, *_page(request))]
        return 200, {"total": accounts.count(connection_id), "items": items}

    def list_orphans(self, request: Request) -> Answer:
        accounts = self._service.accounts.of_connection(self._connection(request).id)
        return 200, _accounts(request, self._service.orphans(accounts))

    def list_conflicts(self, request: Request) -> Answer:
        connection_id, pending = self._connection(request).id, self._service.runner.pending
        names = ("shadow_id", "claimed_by", "email", "since")
        rows = pending.conflicts(connection_id, *_page(request))
        items = [{name: row[name] for name in names} for row in rows]
        return 200, {"total": pending.conflict_count(connection_id), "items": items}

    def show_exposure(self, request: Request) -> Answer:
        connection, now = self._connection(request), self._service.clock.now()
        gap = longest_possible(connection.settings, now)
        found = leavers(self._service.accounts.leavers(connection.id), now)
        part = _part(request, found)
        worst = {**asdict(gap), "minutes": gap.minutes} if gap else None
        return 200, {**part, "longest_possible": worst, "items": [asdict(leaver) for leaver in part["items"]]}

    async def list_traffic(self, request: Request) -> Answer:
        connection = await self._read(lambda: self._connection(request))
        seen, verdicts = await self._service.latest_traffic(connection)
        broken = [] if verdicts is None else verdicts.broken
        rules = [{name: value for name, value in one.items() if name not in OF_A_REQUEST} for one in broken]
        judged = None if verdicts is None else verdicts.judged
        return 200, {"items": [asdict(entry) for entry in seen], "judged": judged, "broken": rules}

    # ── sessions ──

    def list_sessions(self, request: Request) -> Answer:
        accounts = self._service.accounts.of_connection(self._connection(request).id)
        found: list[Record] = []
        for account in accounts:
            count(2)
            found += self._service.sessions.of_account(account.id)
        return 200, {"items": found[:PAGE]}

    async def open_session(self, request: Request, body: Record) -> Answer:
        if "shadow_id" not in body and "email" not in body:
            raise BadRequest("expected shadow_id or email in the body")
        shadow_id = expect(body, "shadow_id", str) if "shadow_id" in body else None
        email = expect(body, "email", str) if "email" in body else None
        session = await self._actions.open_session(request.path_params["connection"], shadow_id=shadow_id, email=email)
        return 201, {"session_id": session["id"], "account_id": session["account_id"]}

    def check_session(self, request: Request) -> Answer:
        return 200, self._service.sessions.check(request.path_params["session"])

    async def end_session(self, request: Request) -> Answer:
        return 200, await self._actions.end_session(request.path_params["session"])

    # ── audit ──

    def export_audit(self, request: Request) -> Answer:
        return 200, audit_lines(self._actions, audit_filter(request))

    async def verify_audit(self, request: Request) -> Answer:
        broken = await self._actions.verify_audit(request.query_params.get("head"))
        return 200, {
            "whole": broken is None,
            "broken": broken,
            "head": await self._read(lambda: self._service.audit.head),
        }

    def _connection(self, request: Request) -> Connection:
        return self._service.connections.get(request.path_params["connection"])

    def _shown(self, connection: Connection) -> dict[str, Any]:
        used_at = self._service.connections.used_at(connection.id)
        return {**asdict(connection), "base_url": self._service.base_url(connection), "used_at": used_at}


def audit_lines(actions: Actions, wanted: AuditFilter) -> Response:
    """Stream the events that match the filter as JSON Lines, oldest first."""

    async def lines() -> AsyncIterator[bytes]:
        async for events in actions.service.audit.slices():
            yield b"".join(orjson.dumps(event) + b"\n" for event in events if wanted.takes(event))

    return StreamingResponse(lines(), headers=HEADERS, media_type="application/jsonl")


def audit_filter(request: Request) -> AuditFilter:
    """The audit filter of the query parameters. Times without an offset are in UTC. Raises BadRequest."""
    given = {name: request.query_params.get(name, "").strip() or None for name in AUDIT_FILTERS}
    for name in ("since", "until"):
        text = given[name]
        if text is not None:
            given[name] = read_time(name, text, UTC).isoformat()
    return AuditFilter(**given)


def _part(request: Request, items: list[Any]) -> dict[str, Any]:
    start, count = _page(request)
    return {"total": len(items), "items": items[start : start + count]}


def _accounts(request: Request, accounts: list[Account]) -> dict[str, Any]:
    part = _part(request, accounts)
    return {**part, "items": [account.to_record() for account in part["items"]]}


def _page(request: Request) -> tuple[int, int]:
    return _number(request, "start", 0), min(_number(request, "count", 100), PAGE)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadRequest(f"{name}: expected a whole number")
    return int(text)
