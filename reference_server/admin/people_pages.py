"""The Users page of a connection, with search, and the page of one user: account, groups, sessions, audit events."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_server.admin.connection_pages import ROWS, ConnectionPages, page_number
from reference_server.admin.signin import Browser
from reference_server.service.accounts import Account
from reference_server.service.audit import AuditFilter
from reference_server.service.connections import Connection
from reference_server.service.tenants import Unknown
from reference_server.storage.tables import Record
from reference_server.sync.people import PEOPLE
from reference_server.sync.preview import shadow_beside_account

SLICE = 1_000


class PeoplePages(ConnectionPages):
    """Pages that list, search, and show users."""

    def routes(self) -> list[Route]:
        return [
            Route("/connections/{connection}/people", self._site.page(self.people), methods=["GET"]),
            Route("/connections/{connection}/people/{person}", self._site.page(self.person), methods=["GET"]),
        ]

    async def people(self, request: Request, browser: Browser) -> Response:
        page, tables = page_number(request), self._service.tables
        connection = await tables.read(lambda: self._connection(request))
        wanted = request.query_params.get("q", "").strip()
        records, total = await self._search(connection, wanted, (page - 1) * ROWS)

        def shown() -> Response:
            self._service.people.prefetch(connection, [record["id"] for record in records])
            rows = [self._person(connection, record["id"], record["resource"]) for record in records]
            paged = self._paged(request, page, total)
            return self._show(request, browser, connection, "people.html", rows=rows, wanted=wanted, **paged)

        return await tables.read(shown)

    async def person(self, request: Request, browser: Browser) -> Response:
        service, id_ = self._service, request.path_params["person"]
        connection, account = await service.tables.read(lambda: self._found(request, id_))
        mine = AuditFilter(connection_id=connection.id, resource=f"User/{id_}")
        events, _ = await service.audit.newest(mine, 0, 20)
        if account:
            of_account = AuditFilter(connection_id=connection.id, resource=f"Account/{account.id}")
            more, _ = await service.audit.newest(of_account, 0, 20)
            events = sorted([*events, *more], key=lambda event: str(event["id"]), reverse=True)[:20]
        return await service.tables.read(lambda: self._shown_person(request, browser, connection, id_, events))

    def _found(self, request: Request, id_: str) -> tuple[Connection, Account | None]:
        """(connection, account of the user or None); raises Unknown if neither an account nor a shadow user exists."""
        connection = self._connection(request)
        account = self._service.accounts.linked(connection.id, id_)
        ((_, resource),) = self._service.people.resources(connection, [id_])
        if resource is None and account is None:
            raise Unknown(f"user {id_} does not exist")
        return connection, account

    def _shown_person(
        self, request: Request, browser: Browser, connection: Connection, id_: str, events: list[Record]
    ) -> Response:
        service = self._service
        ((_, resource),) = service.people.resources(connection, [id_])
        account = service.accounts.linked(connection.id, id_)
        sessions = service.sessions.of_account(account.id) if account else []
        scope = service.shadow.scope(connection.id, connection.tenant_id)
        groups = service.shadow.groups_of(scope, service.shadow.types.by_name[PEOPLE], id_) if resource else []
        return self._show(
            request,
            browser,
            connection,
            "person.html",
            person=self._person(connection, id_, resource),
            resource=resource,
            account=account,
            sessions=sessions[::-1][:20],
            groups=groups,
            events=events,
        )

    def _person(self, connection: Connection, id_: str, resource: Record | None) -> dict[str, Any]:
        """One user: names, states of the shadow user and the account, and their differences."""
        service = self._service
        account = service.accounts.linked(connection.id, id_)
        named = resource or {}
        return {
            "id": id_,
            "name": named.get("displayName") or named.get("userName") or (account.display_name if account else None),
            "user_name": named.get("userName") or (account.user_name if account else None),
            "shadow": "deleted"
            if resource is None
            else "active"
            if resource.get("active") is not False
            else "inactive",
            "account": account.status if account else "none",
            "access": account is not None and account.access,
            "differences": shadow_beside_account(service.people, connection, id_, resource, account),
        }

    async def _search(self, connection: Connection, wanted: str, start: int) -> tuple[list[Record], int]:
        """(a page of the shadow users whose user name, display name, or email contains the text; the number of matches)."""
        users = self._service.shadow.scope(connection.id, connection.tenant_id).resources[PEOPLE]
        tables = self._service.tables
        if not wanted:
            return await tables.read(lambda: (users.page(start, ROWS), len(users)))
        needle, total = wanted.casefold(), await tables.read(lambda: len(users))
        found: list[Record] = []
        for begin in range(0, total, SLICE):
            records = await tables.read(partial(users.page, begin, SLICE))
            found += [record for record in records if needle in _searched(record["resource"])]
            await asyncio.sleep(0)
        return found[start : start + ROWS], len(found)


def _searched(resource: Record) -> str:
    emails = " ".join(str(element.get("value", "")) for element in resource.get("emails", ()))
    return f"{resource.get('userName', '')} {resource.get('displayName', '')} {emails}".casefold()
