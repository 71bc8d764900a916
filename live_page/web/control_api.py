"""JSON endpoints of the pages Target, Clock, Provider, and Trouble."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from live_page.session import clock, provider, target, trouble
from live_page.session.playthrough import Access
from live_page.session.problem import Problem
from live_page.session.session import Session
from live_page.web.answers import json_endpoint, object_of, read_object, text_of
from simulator.scenario.model import Scenario


class ControlApi:
    """The handlers. Each returns a JSON value or raises Problem. `fallback` is the company before there is any."""

    def __init__(self, session: Session, fallback: Scenario) -> None:
        self._session, self._fallback = session, fallback

    def routes(self) -> list[Route]:
        listed = (
            ("/api/target", self._target, "GET"),
            ("/api/target", self._choose_target, "POST"),
            ("/api/target/restart", self._restart_target, "POST"),
            ("/api/clock", self._schedule, "GET"),
            ("/api/clock", self._clock, "POST"),
            ("/api/provider", self._provider, "GET"),
            ("/api/provider", self._choose_provider, "POST"),
            ("/api/provider/mapping", self._mapping, "POST"),
            ("/api/provider/on-demand", self._on_demand, "POST"),
            ("/api/trouble", self._trouble, "GET"),
            ("/api/trouble", self._switch, "POST"),
        )
        return [Route(path, json_endpoint(work), methods=[method]) for path, work, method in listed]

    async def _target(self, request: Request) -> Any:
        play = self._session.play
        if play is None:
            return {"url": None, "embedded": False, "probes": [], "features": [], "types": []}
        found = await run_in_threadpool(target.look_at, play)
        facts = {
            "url": play.target.url,
            "embedded": play.access.embedded,
            "has_admin": target.admin_url(play) is not None,
        }
        return {**facts, **found, "remarks": play.recording.remarks}

    async def _choose_target(self, request: Request) -> Any:
        body = await read_object(request)
        access = Access()
        if not body.get("embedded"):
            url, token = text_of(body, "url").strip(), text_of(body, "token").strip()
            target.check_url(url, token)
            access = Access(url, token)
        play = self._session.play
        scenario = play.scenario if play is not None else self._fallback
        await self._session.begin(provider.changed_scenario(scenario, {}), access)
        return {}

    async def _restart_target(self, request: Request) -> Any:
        play = self._session.playing()
        if not play.access.embedded:
            raise Problem("Only the embedded server can be restarted here.")
        await self._session.do("Restarting the embedded server", play.simulation.restart_target)
        self._session.problem = None
        self._session.changed("target", "clock")
        return {}

    async def _schedule(self, request: Request) -> Any:
        play = self._session.playing()
        return await self._session.read(lambda: clock.schedule(play))

    async def _clock(self, request: Request) -> Any:
        body = await read_object(request)
        await clock.move(self._session, text_of(body, "action"), body.get("amount"))
        return {}

    async def _provider(self, request: Request) -> Any:
        return provider.provider_details(self._session.playing())

    async def _choose_provider(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        object_of(body, "knobs")
        await self._session.begin(provider.changed_scenario(play.scenario, body), play.access)
        return {}

    async def _mapping(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        text = text_of(body, "text")

        async def work() -> dict[str, Any]:
            return provider.apply_mapping(play, text)

        return await self._session.do("Applying the mapping", work)

    async def _on_demand(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        kind, object_id = text_of(body, "kind", "user"), text_of(body, "id")
        return await self._session.do("Provisioning on demand", lambda: provider.on_demand(play, kind, object_id))

    async def _trouble(self, request: Request) -> Any:
        return trouble.faults_shown(self._session.playing())

    async def _switch(self, request: Request) -> Any:
        body, play = await read_object(request), self._session.playing()
        name, on, share = text_of(body, "name"), body.get("on") is True, body.get("share")
        await self._session.do("", lambda: trouble.switch(play, name, on=on, share=share))
        return {}
