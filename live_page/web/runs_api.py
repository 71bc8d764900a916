"""JSON endpoints of the pages Checks, Load, and Keep, and the files to download."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from live_page.keep.downloads import Download, check_report, download
from live_page.keep.scenario_file import before_first_cycle, scenario_text
from live_page.runs.checks import Checks
from live_page.runs.load import Load
from live_page.session.problem import Problem
from live_page.session.session import Session
from live_page.web.answers import json_endpoint, json_response, read_object, text_of
from simulator.lifecycle.lifecycle_events import EventDoesNotFit
from simulator.scenario.load import ScenarioError, find_scenario, list_scenarios, parse_scenario
from simulator.scenario.model import Scenario

DEFAULT_NAME = "by-hand"
LONGEST_NAME = 60
_FILE_NAME = re.compile(r"[^\w.-]+")


class RunsApi:
    """The handlers. Each returns a JSON value, or a file, or raises Problem."""

    def __init__(self, session: Session, checks: Checks, load: Load) -> None:
        self._session, self._checks, self._load = session, checks, load

    def routes(self) -> list[Route]:
        listed = (
            ("/api/checks", self._show_checks, "GET"),
            ("/api/checks", self._start_checks, "POST"),
            ("/api/load", self._show_load, "GET"),
            ("/api/load", self._start_load, "POST"),
            ("/api/keep", self._show_kept, "GET"),
            ("/api/scenario", self._open_scenario, "POST"),
        )
        return [
            *(Route(path, json_endpoint(work), methods=[method]) for path, work, method in listed),
            Route("/download/{kind}", self._download, methods=["GET"]),
        ]

    async def _show_checks(self, request: Request) -> Any:
        return await run_in_threadpool(self._checks.shown)

    async def _start_checks(self, request: Request) -> Any:
        body = await read_object(request)
        if body.get("action") == "stop":
            self._checks.stop()
            return {}
        profiles = body.get("profiles")
        names = [name for name in profiles if isinstance(name, str)] if isinstance(profiles, list) else []
        play = self._session.playing()
        self._checks.start(play, names, fuzz=body.get("fuzz") is not False, again=text_of(body, "again"))
        return {}

    async def _show_load(self, request: Request) -> Any:
        return await run_in_threadpool(self._load.shown)

    async def _start_load(self, request: Request) -> Any:
        body = await read_object(request)
        if body.get("action") == "stop":
            self._load.stop()
            return {}
        self._load.start(self._session.playing(), body)
        return {}

    async def _show_kept(self, request: Request) -> Any:
        play = self._session.playing()
        try:
            text = await run_in_threadpool(scenario_text, play, DEFAULT_NAME, "")
        except Problem:
            text = ""
        return {
            "scenario": text,
            "done": len(play.simulation.done),
            "mapping": play.mapping is not None,
            "early": before_first_cycle(play),
            "requests": play.recording.exchanges,
            "library": [{"name": name, "story": story} for name, story in list_scenarios()],
            "opened": play.scenario.name,
            "story": play.scenario.story,
            "waiting": len(play.simulation.waiting),
        }

    async def _open_scenario(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        opened = _read(text_of(body, "text"), text_of(body, "name"))
        await self._session.begin(opened, play.access)
        return {"name": opened.name, "events": len(self._session.playing().simulation.waiting)}

    async def _download(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        asked = request.query_params
        name = _FILE_NAME.sub("-", asked.get("name", "").strip())[:LONGEST_NAME].strip("-.") or DEFAULT_NAME
        try:
            if kind == "check":
                made = await run_in_threadpool(self._check_report)
            else:
                made = await run_in_threadpool(
                    download, self._session.playing(), kind, name, asked.get("story", "")[:300]
                )
        except Problem as problem:
            return json_response({"problem": problem.to_json()}, 409)
        disposition = f"attachment; filename*=utf-8''{quote(made.name)}"
        return Response(made.content, media_type=made.media_type, headers={"content-disposition": disposition})

    def _check_report(self) -> Download:
        if self._checks.stream is None:
            raise Problem("There is no finished run.", "Run the checks first.")
        return check_report(self._checks.stream)


def _read(text: str, name: str) -> Scenario:
    """A scenario of the library by name, or from text. Raises Problem."""
    try:
        found = find_scenario(name) if name in dict(list_scenarios()) else parse_scenario(text, name or "scenario.yaml")
        if found.provider.mapping is not None:
            raise Problem("Files cannot be read from here.", "Remove the mapping, and upload it on the page Provider.")
        found.rehearse()
    except ScenarioError as error:
        raise Problem(f"{error}.", "Correct this line.") from None
    except EventDoesNotFit as error:
        raise Problem(f"{found.place_of(error.number)}: {error}.", "Correct this event.") from None
    return found
