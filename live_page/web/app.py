"""The web application: static files, JSON endpoints, the messages about changes, and the way to the admin pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from live_page.runs.checks import Checks
from live_page.runs.load import Load
from live_page.session.session import Session
from live_page.session.target import admin_url
from live_page.web.answers import as_json, json_response
from live_page.web.control_api import ControlApi
from live_page.web.directory_api import DirectoryApi
from live_page.web.runs_api import RunsApi
from live_page.web.state import state_of_session
from live_page.web.updates import Updates
from simulator.scenario.model import Scenario

STATIC = Path(__file__).parents[1] / "static"


def build(session: Session, checks: Checks, load: Load, fallback: Scenario) -> Starlette:
    """The application without its guard."""

    def state() -> bytes:
        return as_json(state_of_session(session, checks, load))

    updates = Updates(state, lambda: session.revision)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(updates.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def index(request: Request) -> Response:
        return FileResponse(STATIC / "index.html", media_type="text/html; charset=utf-8")

    async def show_state(request: Request) -> Response:
        return Response(state(), media_type="application/json")

    async def open_admin(request: Request) -> Response:
        return await _admin(request, session)

    return Starlette(
        routes=[
            Route("/", index),
            Route("/api/state", show_state),
            Route("/admin", open_admin),
            *DirectoryApi(session).routes(),
            *ControlApi(session, fallback).routes(),
            *RunsApi(session, checks, load).routes(),
            WebSocketRoute("/updates", updates.endpoint),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        lifespan=lifespan,
    )


async def _admin(request: Request, session: Session) -> Response:
    """Sign the browser in at the embedded server's admin pages, and go there. The admin token stays in this process."""
    play = session.play
    url = None if play is None else admin_url(play)
    if play is None or url is None or play.target.running is None:
        return json_response({"problem": {"sentence": "This target has no admin pages.", "next": ""}}, 409)
    server = play.target.running.server
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        form = {"token": server.admin_token, "next": "/admin/"}
        async with client.post(url + "sign-in", data=form, allow_redirects=False) as answer:
            cookies = answer.headers.getall("set-cookie", [])
    place = urlsplit(url)
    own = urlsplit(str(request.url)).hostname or "127.0.0.1"  # cookies belong to the name, not to the port
    response = RedirectResponse(f"http://{own}:{place.port}{place.path}", 303)
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
