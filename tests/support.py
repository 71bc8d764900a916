"""A plain client of one server and the names that tests share."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3

from reference_server.embedded import EmbeddedServer

ROOT = Path(__file__).parent.parent
Command = Callable[..., subprocess.CompletedProcess[str]]
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FULL_SECONDS = 4 * 3_600  # after which a full-size test counts as hanging
NUMBERS = itertools.count(1)  # each name is used once per process
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """`scimulator` with these arguments in a session of its own. If the block does not end it, it is killed."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    command = [sys.executable, "-m", "scimulator", *arguments]
    with subprocess.Popen(command, text=True, start_new_session=True, **pipes) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@dataclass
class Reply:
    """A reply as tests read it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Scim:
    """A plain client of one server; every helper is one request."""

    server: EmbeddedServer
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=600))

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        url = path if path.startswith("http") else self.server.base_url + path
        sent = {"Authorization": f"Bearer {token or self.server.token}", "Content-Type": "application/scim+json"}
        sent.update(headers or {})
        data = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        answer = self.http.request(method, url, body=data, headers=sent, redirect=False)
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.data)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.request("GET", path, headers=headers)

    def patch(self, path: str, *operations: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
        return self.request("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, headers=headers)

    def user(self, **attributes: Any) -> dict[str, Any]:
        """A new user."""
        body = {"schemas": [USER], "userName": f"user{next(NUMBERS)}-{os.getpid()}@example.com", **attributes}
        reply = self.request("POST", "/Users", body)
        assert reply.status == 201, reply.body
        made: dict[str, Any] = reply.json
        return made

    def group(self, *members: str, **attributes: Any) -> dict[str, Any]:
        """A new group with these members."""
        name = f"group {next(NUMBERS)} {os.getpid()}"
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members], **attributes}
        reply = self.request("POST", "/Groups", body)
        assert reply.status == 201, reply.body
        made: dict[str, Any] = reply.json
        return made

    def members(self, group: dict[str, Any]) -> list[str]:
        shown = self.get(f"/Groups/{group['id']}").json
        return sorted(member["value"] for member in shown.get("members", []))

    def admin(self, method: str, path: str, body: Any = None) -> Reply:
        """A request to the admin API; `{connection}` in the path is the first connection."""
        connection = self.server.base_url.rpartition("/")[2]
        url = self.server.admin_url + path.replace("{connection}", connection)
        return self.request(method, url, body, token=self.server.admin_token)

    def clock(self, moment: datetime) -> list[dict[str, Any]]:
        """Let virtual time pass; the runs of the sync on the way."""
        assert self.server.control_url
        reply = self.request(
            "POST", f"{self.server.control_url}/clock", {"now": moment.isoformat()}, token=self.server.control_token
        )
        assert reply.status == 200, reply.body
        runs: list[dict[str, Any]] = reply.json["runs"]
        return runs


def resources(scim: Scim) -> int:
    """The number of users and groups of a server."""
    return sum(int(scim.get(f"/{kind}?count=0").json["totalResults"]) for kind in ("Users", "Groups"))
