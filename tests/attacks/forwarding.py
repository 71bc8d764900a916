"""Hands a request that a fake target received on to a real server."""

from __future__ import annotations

import urllib3

from reference_server.embedded import EmbeddedServer
from tests.fake_target import Received

HOP_BY_HOP = ("host", "content-length", "connection")


class Forwarding:
    """The way to one server; `token` is what the requests carry in the place of the server's own."""

    def __init__(self, server: EmbeddedServer, token: str) -> None:
        self.server = server
        self._token = token
        self._http = urllib3.PoolManager(retries=False, timeout=120, maxsize=8)

    def answer(self, request: Received) -> urllib3.BaseHTTPResponse:
        names = dict(line.lower().split(": ", 1) for line in request.headers if ": " in line)
        sent = {name: value for name, value in names.items() if name not in HOP_BY_HOP}
        sent["authorization"] = sent.get("authorization", "").replace(self._token, self.server.token)
        url = self.server.base_url + request.path.removeprefix("/scim")
        return self._http.request(request.method, url, body=request.body or None, headers=sent, redirect=False)
