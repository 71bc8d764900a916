"""What the pages of a connection share: the frame with its tabs, and the paging of lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from reference_server.admin.actions import Actions
from reference_server.admin.guard import BadRequest
from reference_server.admin.signin import Browser
from reference_server.admin.site import Site
from reference_server.service.connections import Connection

ROWS = 50


class ConnectionPages:
    """Base class for the pages of a connection."""

    def __init__(self, site: Site, actions: Actions) -> None:
        self._site = site
        self._actions = actions
        self._service = actions.service

    def _show(
        self, request: Request, browser: Browser, connection: Connection, template: str, **shown: Any
    ) -> Response:
        return self._site.render(
            request,
            browser,
            template,
            connection=connection,
            home=f"/admin/connections/{connection.id}",
            tenant=self._service.tenants.get(connection.tenant_id),
            running=self._service.runner.running.get(connection.id),
            conflict_count=self._service.runner.pending.conflict_count(connection.id),
            **shown,
        )

    def _connection(self, request: Request) -> Connection:
        return self._service.connections.get(request.path_params["connection"])

    def _paged(self, request: Request, page: int, total: int) -> dict[str, Any]:
        """The values for the pager of a template."""
        others = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]

        def link(number: int) -> str:
            return f"{request.url.path}?{urlencode([*others, ('page', str(number))])}"

        return {
            "paging": {
                "total": total,
                "first": min(total, (page - 1) * ROWS + 1),
                "last": min(total, page * ROWS),
                "first_page": link(1),
                "is_beyond": page > 1 and (page - 1) * ROWS >= total,
                "before": link(page - 1) if page > 1 else None,
                "after": link(page + 1) if page * ROWS < total else None,
            }
        }


def page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) < 1_000_000:
        raise BadRequest("page: expected a whole number of at least 1")
    return int(text)
