"""The last route of the admin API, of /control, and of the admin pages: it reports paths and methods that do not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from reference_server.admin.guard import BadRequest


class NoRoute(BadRequest):
    """No route has the path of a request (404), or those with this path do not accept its method (405)."""

    def __init__(self, request: Request, allowed: Sequence[str]) -> None:
        path = request.url.path
        if allowed:
            self.status, self.headers = 405, {"allow": ", ".join(allowed)}
            super().__init__(f"{path} does not accept {request.method}; expected {' or '.join(allowed)}")
        else:
            self.status = 404
            super().__init__(f"the path {path} does not exist")


def last_route(
    routes: Sequence[BaseRoute],
    wrap: Callable[[Callable[..., Awaitable[NoReturn]]], Callable[[Request], Awaitable[Response]]],
    path: str = "/{path:path}",
) -> Route:
    """A route for every request that none of `routes` accepts. `wrap` makes an endpoint, which responds with the error."""

    async def rejected(request: Request, *_: object) -> NoReturn:
        others = (r for r in routes if isinstance(r, Route) and r.matches(request.scope)[0] is Match.PARTIAL)
        raise NoRoute(request, sorted({method for route in others for method in route.methods or ()}))

    route = Route(path, wrap(rejected))
    route.methods = None  # every method
    return route
