"""GET /health: whether the process is running and its store can be read and written. It requires no token.

Requests that arrive during a check share its result, so that they cannot overload the store.
"""

from __future__ import annotations

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_server.storage.tables import RETRY_SECONDS, StorageFailed, Tables

PATIENCE_SECONDS = 5.0  # a store that takes longer is not ready


class Health:
    """The health of one process."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._look: asyncio.Task[bool] | None = None

    async def answer(self, _request: Request) -> Response:
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._is_ready())
        ready = await asyncio.shield(self._look)
        headers = {"cache-control": "no-store"}
        if not ready:
            headers["retry-after"] = str(RETRY_SECONDS)
        body = orjson.dumps({"live": True, "ready": ready})
        return Response(body, 200 if ready else 503, headers, media_type="application/json")

    async def _is_ready(self) -> bool:
        try:
            await asyncio.wait_for(self._tables.ready(), PATIENCE_SECONDS)
        except (StorageFailed, TimeoutError):
            return False
        return True


def health_route(tables: Tables) -> Route:
    """The route for a server with this store."""
    return Route("/health", Health(tables).answer)
