"""The live page in this process: the session on its thread, the web application on another, and a client with its cookie."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3
import uvicorn

from live_page.runs.checks import Checks
from live_page.runs.load import Load
from live_page.session.playthrough import Access, Playthrough
from live_page.session.session import Session
from live_page.web.app import build
from live_page.web.guard import Guard
from simulator.scenario.model import Scenario

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
TEN = Scenario(name="by hand", users=10, start=MONDAY)


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, on a thread of its own: while playwright runs, this one cannot have an event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(300)


class Live:
    """One page: its session, and requests as a browser makes them."""

    def __init__(self, session: Session, guard: Guard, port: int) -> None:
        self.session = session
        self.origin = f"http://127.0.0.1:{port}"
        self.link = f"{self.origin}/?key={guard.key}"
        self.http = urllib3.PoolManager(retries=False, timeout=300)
        self.cookie = ""

    @property
    def play(self) -> Playthrough:
        return self.session.playing()

    def sign_in(self) -> None:
        """Use the one-time key."""
        answer = self.request("GET", "/?" + self.link.partition("?")[2])
        assert answer.status == 303
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
        sent = {"Cookie": self.cookie, **({} if method == "GET" else {"Origin": self.origin}), **headers}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.http.request(method, self.origin + path, body=data, headers=sent, redirect=False)

    def get(self, path: str) -> Any:
        answer = self.request("GET", path)
        assert answer.status == 200, answer.data
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.request("POST", path, body)
        assert answer.status == 200, answer.data
        return answer.json()

    def problem(self, path: str, body: Any) -> str:
        """Both sentences of the problem that a request causes."""
        answer = self.request("POST", path, body)
        assert answer.status == 409, (answer.status, answer.data)
        found = answer.json()["problem"]
        return f"{found['sentence']} {found['next']}".strip()

    def change(self, what: str, person: str | None = None, group: str | None = None, **detail: Any) -> Any:
        return self.post("/api/changes", {"what": what, "person": person, "group": group, "detail": detail})

    def clock(self, action: str, amount: Any = None) -> None:
        """Press a button of the clock, and wait until the work is done."""
        self.post("/api/clock", {"action": action, "amount": amount})
        self.settle()

    def settle(self) -> None:
        """Wait until the work that was started has ended."""

        async def nothing() -> None:
            return None

        finished(self.session.do("", nothing))

    def begin(self, scenario: Scenario, access: Access | None = None) -> None:
        """Begin a new playthrough, on the embedded server unless `access` names another target."""
        finished(self.session.begin(scenario, access or Access()))

    def person(self, name: str) -> dict[str, Any]:
        """The only person who matches a search."""
        (found,) = self.get(f"/api/people?search={name}")["rows"]
        return dict(found)

    def row(self, object_id: str, path: str) -> dict[str, Any]:
        """The row of an attribute in the three columns of a person."""
        rows = self.get(f"/api/people/{object_id}")["rows"]
        return dict(next(row for row in rows if row["path"] == path))


@contextmanager
def live_page(folder: Path) -> Iterator[Live]:
    """A page without a company; call `begin`."""
    session = Session(folder)
    checks, load = Checks(session), Load(session)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        guard = Guard(build(session, checks, load, TEN), port)
        config = uvicorn.Config(guard, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield Live(session, guard, port)
        finally:
            server.should_exit = True
            thread.join(30)
            checks.end()
            load.end()
            session.end(keep=False)
