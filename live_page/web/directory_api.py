"""JSON endpoints of the pages Company and Traffic."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from live_page.session import changes
from live_page.session.people import PAGE, STATES, group_details, groups_page, people_page
from live_page.session.person import person_details, person_timeline
from live_page.session.problem import Problem
from live_page.session.session import Session
from live_page.session.traffic import exchange_details, log_details, log_page, traffic_page
from live_page.web.answers import json_endpoint, number_of, object_of, read_object, text_of
from simulator.company.org_chart import DEPARTMENTS, SITES


class DirectoryApi:
    """The handlers. Each returns a JSON value or raises Problem."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def routes(self) -> list[Route]:
        listed = (
            ("/api/people", self._people, "GET"),
            ("/api/people/{id}", self._person, "GET"),
            ("/api/people/{id}/timeline", self._timeline, "GET"),
            ("/api/groups", self._groups, "GET"),
            ("/api/groups/{id}", self._group, "GET"),
            ("/api/choices", self._choices, "GET"),
            ("/api/changes", self._change, "POST"),
            ("/api/bulk", self._bulk, "POST"),
            ("/api/traffic", self._traffic, "GET"),
            ("/api/traffic/{number:int}", self._exchange, "GET"),
            ("/api/log", self._log, "GET"),
            ("/api/log/{number:int}", self._entry, "GET"),
        )
        return [Route(path, json_endpoint(work), methods=[method]) for path, work, method in listed]

    async def _people(self, request: Request) -> Any:
        state = request.query_params.get("state", "")
        if state and state not in STATES:
            raise Problem("There is no such state.")
        play = self._session.playing()
        return people_page(play, request.query_params.get("search", ""), state, number_of(request, "page"))

    async def _person(self, request: Request) -> Any:
        play = self._session.playing()
        return await self._session.read(lambda: person_details(play, request.path_params["id"]))

    async def _timeline(self, request: Request) -> Any:
        return person_timeline(self._session.playing(), request.path_params["id"])

    async def _groups(self, request: Request) -> Any:
        search = request.query_params.get("search", "")
        return groups_page(self._session.playing(), search, number_of(request, "page"))

    async def _group(self, request: Request) -> Any:
        search = request.query_params.get("search", "")
        return group_details(self._session.playing(), request.path_params["id"], search, number_of(request, "page"))

    async def _choices(self, request: Request) -> Any:
        departments = {name: list(titles) for name, titles in DEPARTMENTS.items()}
        return {"departments": departments, "sites": [site.name for site in SITES], "page": PAGE}

    async def _change(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        what, detail = text_of(body, "what"), object_of(body, "detail")
        person, group = body.get("person"), body.get("group")
        if not isinstance(person, str | None) or not isinstance(group, str | None):
            raise Problem("person and group: expected strings.")
        return await self._session.do("", lambda: changes.change(play, what, person, group, detail))

    async def _bulk(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        kind, amount = text_of(body, "kind"), body.get("amount")
        if not isinstance(amount, int | float):
            raise Problem("Expected a number.")
        if kind == "joiners":
            return await self._session.do("Hiring", lambda: changes.joiners(play, int(amount)))
        how = text_of(body, "how", "block")
        return await self._session.do("A mass leave", lambda: changes.leavers(play, float(amount), how))

    async def _traffic(self, request: Request) -> Any:
        asked = request.query_params
        before = number_of(request, "before") if "before" in asked else None
        names = ("who", "operation", "status", "person")
        filters = {name: asked.get(name, "") for name in names}
        play = self._session.playing()
        return await run_in_threadpool(lambda: traffic_page(play, before=before, **filters))

    async def _log(self, request: Request) -> Any:
        asked = request.query_params
        before = number_of(request, "before") if "before" in asked else None
        who, status = asked.get("who", ""), asked.get("status", "")
        return log_page(self._session.playing(), who=who, status=status, before=before)

    async def _entry(self, request: Request) -> Any:
        return log_details(self._session.playing(), request.path_params["number"])

    async def _exchange(self, request: Request) -> Any:
        return exchange_details(self._session.playing(), request.path_params["number"])
