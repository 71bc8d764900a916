"""What the tests of several folders share: a browser, people of a server in this process, servers with faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

import urllib3

from reference_server.embedded import EmbeddedServer
from tests.in_process import House, house
from tests.support import Scim

Start = Callable[..., AbstractContextManager[Scim]]


class Visitor:
    """A browser without anything: a cookie, forms, redirects that are not followed."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.origin = server.admin_url.removesuffix("/admin/api")
        self.http = urllib3.PoolManager(retries=False)
        self.cookie = self.once = ""  # who it is; what the next page shows once

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._send("GET", path, {})

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> urllib3.BaseHTTPResponse:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._send("POST", path, sent, urlencode(fields).encode())

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> urllib3.BaseHTTPResponse:
        sent = {"Cookie": "; ".join(filter(None, (self.cookie, self.once))), **headers}
        reply = self.http.request(method, self.origin + path, headers=sent, body=body, redirect=False)
        for name_and_value in (cookie.partition(";")[0] for cookie in reply.headers.getlist("set-cookie")):
            if "-once=" in name_and_value:
                self.once = "" if name_and_value.endswith('=""') else name_and_value
        return reply

    def sign_in(self) -> str:
        """Returns the cookie's whole header."""
        reply = self.post("/admin/sign-in", token=self.server.admin_token)
        assert reply.status == 303
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        return reply.headers["set-cookie"]

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/admin/").data.decode())
        assert found
        return found[1]


def text_of(visitor: Visitor, path: str) -> str:
    """The text of a page: every tag and every run of white space is one space."""
    page = visitor.get(path)
    assert page.status == 200
    return " ".join(re.sub(r"<[^>]+>", " ", page.data.decode()).split())


def paths_of(pages: type) -> list[str]:
    with house() as at:
        from reference_server.admin.guard import Guard
        from reference_server.admin.site import Site

        made = pages(Site(at.service, Guard("00" * 32), list), at.actions)
        return [route.path.replace("{connection}", at.connection_id) for route in made.routes()]


def mine(visitor: Visitor, path: str) -> str:
    """A path of the route table on the visitor's own server."""
    connection = visitor.server.base_url.rpartition("/")[2]
    return "/admin" + re.sub(r"scim_conn_\w+", connection, path).replace("{", "").replace("}", "")


async def person(at: House, name: str, email: str, **more: Any) -> str:
    made = await at.user(userName=name, emails=[{"value": email, "type": "work", "primary": True}], **more)
    return str(made["id"])


async def set_email(at: House, id_: str, email: str) -> None:
    await at.patch(f"/Users/{id_}", {"op": "replace", "path": 'emails[type eq "work"].value', "value": email})
