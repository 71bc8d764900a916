"""A reference server behind a proxy that plants one flaw."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import urllib3
from starlette.requests import Request
from starlette.responses import Response

from reference_server.embedded import EmbeddedServer

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass
class Seen:
    """One request and its good answer, which a flaw changes in place; `told` is the body: JSON, or None for none."""

    method: str
    path: str
    body: bytes
    status: int
    headers: dict[str, str]
    told: Any

    @property
    def sent(self) -> Any:
        """The request's JSON; an empty object when it is none."""
        try:
            sent = json.loads(self.body)
        except ValueError:
            return {}
        return sent if isinstance(sent, dict) else {}

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources of the answer, of a list or alone."""
        if not isinstance(self.told, dict) or self.status >= 400:
            return []
        return self.told.get("Resources", []) if LIST_URN in (self.told.get("schemas") or ()) else [self.told]


Change = Callable[[Seen], None]


class Flawed:
    """Passes everything on to a good server and hands on its answers, changed by one flaw; URLs become its own."""

    def __init__(self, good: EmbeddedServer, change: Change) -> None:
        self._http = urllib3.PoolManager(retries=False)
        self._good, self._change = good, change
        self.url = ""

    def pass_on(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in headers.items() if name in ("authorization", "content-type", "accept")}
        answer = self._http.request(method, self._good.base_url + path, body=body or None, headers=kept)
        named = {k.lower(): v.replace(self._good.base_url, self.url) for k, v in answer.headers.items()}
        wanted = {k: v for k, v in named.items() if k in ("content-type", "location")}
        return answer.status, wanted, answer.data.replace(self._good.base_url.encode(), self.url.encode())

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        status, headers, data = self.pass_on(request.method, path, body, dict(request.headers))
        seen = Seen(request.method, path, body, status, headers, json.loads(data) if data else None)
        self._change(seen)
        return Response(b"" if seen.told is None else json.dumps(seen.told), seen.status, seen.headers)


Serve = Callable[[Change], str]


def crashes_at_a_nick_name(seen: Seen) -> None:
    if (seen.method, seen.path) == ("POST", "/Users") and len(str(seen.sent.get("nickName", ""))) > 2:
        seen.status, seen.told = 500, {"oops": 1}


class KeepsTheDead:
    """Shows a deleted resource as it was before."""

    def __init__(self) -> None:
        self.alive: dict[str, Any] = {}

    def __call__(self, seen: Seen) -> None:
        if seen.method == "GET" and seen.path.startswith("/Users/"):
            if seen.status == 200:
                self.alive[seen.path] = seen.told
            elif seen.path in self.alive:
                seen.status, seen.told = 200, self.alive[seen.path]
