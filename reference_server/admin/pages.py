"""The read-only admin pages, one method for each page."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_server.admin.api import audit_filter, audit_lines
from reference_server.admin.connection_pages import ROWS, ConnectionPages, page_number
from reference_server.admin.formatting import until
from reference_server.admin.signin import Browser
from reference_server.admin.site import Page
from reference_server.clock import is_date, read_moment
from reference_server.service.audit import ACTORS, AuditFilter
from reference_server.service.connection_settings import BRAKES, DEPROVISIONING
from reference_server.service.connections import Connection
from reference_server.service.tenants import PLANS, SCIM_PLAN, what_is_missing
from reference_server.sync.exposure import leavers, longest_possible
from reference_server.sync.people import PEOPLE
from reference_server.sync.preview import Preview, preview
from reference_server.sync.schedule import upcoming

GROUPS_OFFERED = 500
AUDIT_KINDS = ("account", "access", "session", "sync", "token", "connection")  # and the resource types


class Pages(ConnectionPages):
    """All pages below /admin except those for users."""

    def routes(self) -> list[Route]:
        """The routes, one for each page."""
        table: list[tuple[str, Page]] = [
            ("/", self.settings),
            ("/connections/{connection}", self.overview),
            ("/connections/{connection}/next", self.next_sync),
            ("/connections/{connection}/conflicts", self.conflicts),
            ("/connections/{connection}/runs", self.runs),
            ("/connections/{connection}/groups", self.groups),
            ("/connections/{connection}/leavers", self.leavers),
            ("/connections/{connection}/audit", self.audit),
            ("/connections/{connection}/audit.jsonl", self.audit_file),
            ("/connections/{connection}/traffic", self.traffic),
            ("/connections/{connection}/settings", self.connection_settings),
        ]
        return [Route(path, self._site.page(handler), methods=["GET"]) for path, handler in table]

    def settings(self, request: Request, browser: Browser) -> Response:
        service = self._service
        tenants = [
            {
                **asdict(tenant),
                "missing": what_is_missing(tenant),
                "connections": [
                    {"id": c.id, "people": service.counts(c)[PEOPLE], "used_at": service.connections.used_at(c.id)}
                    for c in service.connections.of_tenant(tenant.id)
                ],
            }
            for tenant in service.tenants.all()
        ]
        return self._site.render(request, browser, "settings.html", tenants=tenants, plans=PLANS, scim_plan=SCIM_PLAN)

    async def overview(self, request: Request, browser: Browser) -> Response:
        service = self._service
        connection = await service.tables.read(lambda: self._connection(request))
        coming = await preview(service.tables, service.people, connection, 0, 5)
        return await service.tables.read(lambda: self._overview(request, browser, connection, coming))

    def _overview(self, request: Request, browser: Browser, connection: Connection, coming: Preview) -> Response:
        service, now = self._service, self._service.clock.now()
        last = next(iter(service.runner.runs(connection.id, 0, 1)), None)
        pressed = browser.once.get("synced_after") if connection.id in service.runner.running else None
        response = self._show(
            request,
            browser,
            connection,
            "overview.html",
            base_url=service.base_url(connection),
            used_at=service.connections.used_at(connection.id),
            counts=service.counts(connection),
            active=service.accounts.active_count(connection.id),
            accounts=service.accounts.count(connection.id),
            coming=coming,
            last=last,
            ticks=[(tick, until(tick.at, now)) for tick in upcoming(connection.settings, now, 3)],
            worst=longest_possible(connection.settings, now),
        )
        if pressed is not None:
            browser.once["synced_after"] = (
                pressed  # the page refreshes itself and shows the result when the sync has finished
            )
        return response

    async def next_sync(self, request: Request, browser: Browser) -> Response:
        page, tables = page_number(request), self._service.tables
        connection = await tables.read(lambda: self._connection(request))
        coming = await preview(tables, self._service.people, connection, (page - 1) * ROWS, ROWS)
        total = sum(coming.counts.values())
        now = self._service.clock.now()
        tick = upcoming(connection.settings, now, 8)
        full = next((t for t in tick if t.full), tick[0])
        shown = {"coming": coming, "tick": full, "wait": until(full.at, now), **self._paged(request, page, total)}
        return await tables.read(lambda: self._show(request, browser, connection, "next.html", **shown))

    def conflicts(self, request: Request, browser: Browser) -> Response:
        connection, service, page = self._connection(request), self._service, page_number(request)
        rows = []
        for row in service.runner.pending.conflicts(connection.id, (page - 1) * ROWS, ROWS):
            claimed = self._name_of(connection, row["claimed_by"])
            rows.append({**row, "name": self._name_of(connection, row["shadow_id"]), "claimed_name": claimed})
        orphans = service.orphans(service.accounts.of_connection(connection.id))
        total = service.runner.pending.conflict_count(connection.id)
        return self._show(
            request,
            browser,
            connection,
            "conflicts.html",
            rows=rows,
            orphans=orphans[:ROWS],
            orphan_count=len(orphans),
            **self._paged(request, page, total),
        )

    def runs(self, request: Request, browser: Browser) -> Response:
        connection, page, runner = self._connection(request), page_number(request), self._service.runner
        rows = runner.runs(connection.id, (page - 1) * ROWS, ROWS)
        paged = self._paged(request, page, runner.run_count(connection.id))
        return self._show(request, browser, connection, "runs.html", rows=rows, **paged)

    def groups(self, request: Request, browser: Browser) -> Response:
        connection = self._connection(request)
        scope = self._service.shadow.scope(connection.id, connection.tenant_id)
        table = scope.resources.get("Group")
        offered = [record["resource"]["displayName"] for record in table.page(0, GROUPS_OFFERED)] if table else []
        mappings = connection.settings.group_mappings or {}
        rows = [
            {"group": group, **{kind: ", ".join(grants.get(kind, [])) for kind in ("roles", "sites", "boards")}}
            for group, grants in sorted(mappings.items())
        ]
        empty = {"group": "", "roles": "", "sites": "", "boards": ""}
        return self._show(
            request,
            browser,
            connection,
            "groups.html",
            rows=[*rows, empty, empty, empty],
            offered=sorted(offered),
            group_count=len(table) if table else 0,
        )

    def leavers(self, request: Request, browser: Browser) -> Response:
        connection, page, now = self._connection(request), page_number(request), self._service.clock.now()
        found = leavers(self._service.accounts.leavers(connection.id), now)
        return self._show(
            request,
            browser,
            connection,
            "leavers.html",
            rows=found[(page - 1) * ROWS : page * ROWS],
            still=sum(leaver.ended_at is None for leaver in found),
            longest=max((leaver.minutes for leaver in found), default=0),
            worst=longest_possible(connection.settings, now),
            **self._paged(request, page, len(found)),
        )

    async def audit(self, request: Request, browser: Browser) -> Response:
        page, tables = page_number(request), self._service.tables
        connection = await tables.read(lambda: self._connection(request))
        wanted = self._audit_filter(request, connection)
        events, more = await self._service.audit.newest(wanted, (page - 1) * ROWS, ROWS)
        verified = None
        if "verify" in request.query_params:
            broken = await self._actions.verify_audit()
            verified = broken or "intact"
        query = {name: value for name, value in asdict(wanted).items() if value and name != "connection_id"}
        shown = {
            "events": events,
            "wanted": wanted,
            "since": request.query_params.get("since", ""),
            "until": request.query_params.get("until", ""),
            "kinds": [*map(str.lower, self._service.shadow.types.by_name), *AUDIT_KINDS],
            "actors": ACTORS,
            "verified": verified,
            "query": urlencode(query),
            **self._paged(request, page, (page - 1) * ROWS + len(events) + more),
        }
        return await tables.read(lambda: self._audit(request, browser, connection, shown))

    def audit_file(self, request: Request, browser: Browser) -> Response:
        connection = self._connection(request)
        response = audit_lines(self._actions, self._audit_filter(request, connection))
        response.headers["content-disposition"] = f'attachment; filename="audit-{connection.id}.jsonl"'
        return response

    async def traffic(self, request: Request, browser: Browser) -> Response:
        service, live = self._service, "live" in request.query_params
        connection = await service.tables.read(lambda: self._connection(request))
        rows, verdicts = await service.latest_traffic(connection)
        shown = {"rows": rows, "verdicts": verdicts, "live": live, "processes": service.processes}
        return await service.tables.read(lambda: self._show(request, browser, connection, "traffic.html", **shown))

    def connection_settings(self, request: Request, browser: Browser) -> Response:
        return self._show(
            request, browser, self._connection(request), "connection_settings.html", modes=DEPROVISIONING, brakes=BRAKES
        )

    def _audit(self, request: Request, browser: Browser, connection: Connection, shown: dict[str, Any]) -> Response:
        trail = self._service.audit
        return self._show(request, browser, connection, "audit.html", count=len(trail.table), head=trail.head, **shown)

    def _name_of(self, connection: Connection, id_: str) -> str:
        ((_, resource),) = self._service.people.resources(connection, [id_])
        if resource is not None:
            return str(resource.get("displayName") or resource.get("userName"))
        account = self._service.accounts.get(id_)
        return account.display_name if account else id_

    def _audit_filter(self, request: Request, connection: Connection) -> AuditFilter:
        """The filter of the query. Unlike in the API, a last day without a time is included."""
        wanted, last = audit_filter(request), request.query_params.get("until", "").strip()
        if wanted.until is not None and is_date(last):
            wanted = replace(wanted, until=(read_moment(wanted.until) + timedelta(days=1)).isoformat())
        return replace(wanted, connection_id=connection.id)
