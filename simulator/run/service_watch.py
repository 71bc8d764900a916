"""Observes the application side of the embedded server on virtual time: its clock, sync runs, accounts, and sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any
from urllib.parse import quote

import orjson

from reference_server.embedded import EmbeddedServer
from simulator.stream.events import AccountEvent, SyncEvent
from simulator.verify.read_back import several
from simulator.wire.http_client import HttpClient

Account = dict[str, Any]  # an account in the format of the admin API
_EVER = "0001-01-01T00:00:00+00:00"
_LONGEST_SECONDS = 300.0  # for one call, which can include the sync of a whole company


class ServiceWatch:
    """Advances the server's clock and returns events for what the server did. It uses the admin API, never SCIM."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._connection = f"{server.admin_url}/connections/{server.base_url.rpartition('/')[2]}"
        self._clients: dict[str, HttpClient] = {}  # by the URL of an API
        self._accounts: dict[str, Account] = {}
        self._looked_at = _EVER  # an account can change more than once at the same time
        self._event = ""  # the newest audit event at that time, which makes the next look cheaper
        self._session_of: dict[str, str] = {}
        self.totals = dict.fromkeys(("runs", "created", "updated", "reactivated", "deactivated", "conflicts"), 0)

    def moved_to(self, server: EmbeddedServer) -> None:
        """Use the server after a restart, which changes its control port and token."""
        self._server = server

    async def __aenter__(self) -> ServiceWatch:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()

    async def move_clock(
        self, moment: datetime, person_of: Callable[[str], str | None]
    ) -> list[SyncEvent | AccountEvent]:
        """Advance the server's clock to `moment`. Returns `sync` and `account` events with virtual times."""
        answer = await self._call("POST", f"{self._server.control_url}/clock", {"now": moment.isoformat()})
        syncs = [_sync_event(run) for run in answer["runs"]]
        for sync in syncs:
            for name, count in _counts(sync).items():
                self.totals[name] += count
            self.totals["runs"] += 1
        accounts = await self.look_at_accounts(person_of) if any(sum(_counts(sync).values()) for sync in syncs) else []
        return [*syncs, *accounts]

    async def look_at_accounts(self, person_of: Callable[[str], str | None]) -> list[AccountEvent]:
        """An `account` event for each account that changed since the last call. New accounts sign in once."""
        events: list[AccountEvent] = []
        start, query = 0, f"changed_since={quote(self._looked_at)}&after_event={self._event}&count=1000"
        while True:
            page = await self._call("GET", f"{self._connection}/accounts?{query}&start={start}")
            if start == 0:
                self._event = page.get("newest_event", "")
            changed = [account for account in page["items"] if self._accounts.get(account["id"]) != account]
            self._accounts.update((account["id"], account) for account in changed)
            asked = [self._account_event(account, person_of(account["shadow_id"])) for account in changed]
            events += await several(asked)
            start += len(page["items"])
            if start >= page["total"] or not page["items"]:
                self._looked_at = max([self._looked_at, *(event["at"] for event in events)])
                return events

    async def account_of(self, shadow_id: str | None) -> Account | None:
        """The account that is linked to a shadow user, in its current state."""
        page = await self._call("GET", f"{self._connection}/accounts?shadow_id={quote(shadow_id or '')}")
        return next(iter(page["items"]), None)

    async def connection(self) -> dict[str, Any]:
        """The connection with its settings and the next scheduled syncs, in the format of the admin API."""
        found: dict[str, Any] = await self._call("GET", self._connection)
        return found

    async def _account_event(self, account: Account, person: str | None) -> AccountEvent:
        session_id = self._session_of.get(account["id"])
        ended_at = None
        if session_id is not None:
            session = await self._call("GET", f"{self._server.admin_url}/sessions/{session_id}")
            ended_at = session["ended_at"]
        if account["access"] and (session_id is None or ended_at is not None):
            opened = await self._call("POST", f"{self._connection}/sessions", {"shadow_id": account["shadow_id"]})
            self._session_of[account["id"]] = opened["session_id"]
        return {
            "event": "account",
            "at": account["updated_at"],
            "person": person,
            "status": account["status"],
            "access": account["access"],
            "access_revoked_at": account["access_revoked_at"],
            "deactivated_at": account["deactivated_at"],
            "session_ended_at": ended_at,
        }

    async def _call(self, method: str, url: str, body: Any = None) -> Any:
        server = self._server
        data = None if body is None else orjson.dumps(body)
        if server.control_url is not None and url.startswith(server.control_url):
            api, token = server.control_url, server.control_token
        else:
            api, token = server.admin_url, server.admin_token
        if api not in self._clients:
            self._clients[api] = HttpClient(api, timeout_s=_LONGEST_SECONDS)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        response = await self._clients[api].request(method, url, headers, data)
        answer = orjson.loads(response.body)
        if response.status >= 400:
            raise RuntimeError(f"{method} {url}: {response.status}: {answer.get('error')}")
        return answer


def _sync_event(run: dict[str, Any]) -> SyncEvent:
    """The `sync` event of a sync run. The admin API omits counts that do not apply to the kind of run."""
    return {
        "event": "sync",
        "at": run["started_at"],
        "trigger": run["trigger"],
        "kind": run["kind"],
        "created": run.get("created", 0),
        "updated": run.get("updated", 0),
        "reactivated": run.get("reactivated", 0),
        "deactivated": run.get("deactivated", 0),
        "unchanged": run["unchanged"],
        "conflicts": len(run["conflicts"]),
    }


def _counts(sync: SyncEvent) -> dict[str, int]:
    """The counts of a sync run, named like the totals."""
    return {
        "created": sync["created"],
        "updated": sync["updated"],
        "reactivated": sync["reactivated"],
        "deactivated": sync["deactivated"],
        "conflicts": sync["conflicts"],
    }
