"""Paths and methods that do not exist: JSON from the admin API and from /control, a page from the admin pages."""

from __future__ import annotations

import pytest

from tests.reference_server.support import Visitor
from tests.support import Scim

API = [
    ("GET", "/admin/api/nope", 404, "the path /admin/api/nope does not exist", None),
    ("GET", "/admin/api", 404, "the path /admin/api does not exist", None),
    ("GET", "/admin/api/", 404, "the path /admin/api/ does not exist", None),
    ("PUT", "/admin/api/tenants", 405, "/admin/api/tenants does not accept PUT; expected GET or HEAD or POST", "GET, HEAD, POST"),
    ("PROPFIND", "/admin/api/audit", 405, "/admin/api/audit does not accept PROPFIND; expected GET or HEAD", "GET, HEAD"),
    ("GET", "/control/nope", 404, "the path /control/nope does not exist", None),
    ("GET", "/control", 404, "the path /control does not exist", None),
    ("DELETE", "/control/clock", 405, "/control/clock does not accept DELETE; expected GET or HEAD or POST", "GET, HEAD, POST"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status", "words", "allow"), API)
def test_the_admin_api_and_control_respond_with_json(
    monday: Scim, method: str, path: str, status: int, words: str, allow: str | None
) -> None:
    server = monday.server
    token = server.control_token if path.startswith("/control") else server.admin_token
    url = server.admin_url.removesuffix("/admin/api") + path
    reply = monday.request(method, url, token=token)
    assert (reply.status, reply.headers["content-type"], reply.json) == (status, "application/json", {"error": words})
    assert reply.headers.get("allow") == allow
    assert monday.http.request(method, url).status == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/admin/nope", 404, "the path /admin/nope does not exist"),
        ("GET", "/admin/connections/{c}/nope", 404, "/nope does not exist"),
        ("GET", "/admin/connections/{c}/", 404, "does not exist"),
        ("GET", "/admin/connections/{c}/rotate", 405, "/rotate does not accept GET; expected POST"),
        ("POST", "/admin/connections/{c}/people", 405, "/people does not accept POST; expected GET or HEAD"),
    ],
)
def test_the_admin_pages_show_the_error_page(visitor: Visitor, method: str, path: str, status: int, words: str) -> None:
    path = path.replace("{c}", visitor.server.base_url.rpartition("/")[2])
    send = visitor.get if method == "GET" else visitor.post
    assert send(path).headers["location"].startswith("/admin/sign-in"), "not signed in"
    visitor.sign_in()
    reply = send(path)
    assert (reply.status, "allow" in reply.headers) == (status, status == 405)
    page = reply.data.decode()
    assert words in page
    assert "Sign out" in page
