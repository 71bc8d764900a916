"""The pages without a browser: what they refuse, which headers they carry, and that only forms of ours change anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import urllib3

from reference_server.admin.forms import Forms
from reference_server.admin.pages import Pages
from reference_server.admin.people_pages import PeoplePages
from reference_server.embedded import EmbeddedServer, embedded_server
from reference_server.service.traffic import looks_like, shape
from tests.in_process import house
from tests.support import Scim

CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


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


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with embedded_server() as server:
        yield Visitor(server)


def paths_of(pages: type) -> list[str]:
    with house() as at:
        from reference_server.admin.guard import Guard
        from reference_server.admin.site import Site

        made = pages(Site(at.service, Guard("00" * 32), list), at.actions)
        return [route.path.replace("{connection}", at.connection_id) for route in made.routes()]


PAGES = [*paths_of(Pages), *paths_of(PeoplePages)]
FORMS = paths_of(Forms)


def mine(visitor: Visitor, path: str) -> str:
    """A path of the route table on the visitor's own server."""
    connection = visitor.server.base_url.rpartition("/")[2]
    return "/admin" + re.sub(r"scim_conn_\w+", connection, path).replace("{", "").replace("}", "")


def test_pages_carry_their_headers_and_nobody_unknown_sees_one(visitor: Visitor) -> None:
    for path in PAGES:
        reply = visitor.get(mine(visitor, path))
        assert (reply.status, reply.headers["location"].startswith("/admin/sign-in?next=/admin/")) == (303, True), path
    visitor.sign_in()
    for path in PAGES:
        reply = visitor.get(mine(visitor, path))
        assert reply.status == (404 if "{person}" in path else 200), path
        if path.endswith(".jsonl"):
            continue
        policy = reply.headers["content-security-policy"]
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
            assert part in policy
        assert "unsafe" not in policy
        assert (reply.headers["cache-control"], reply.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert b"style=" not in reply.data
        assert b"<script>" not in reply.data


def test_cookie_is_for_this_server_only(visitor: Visitor) -> None:
    cookie = visitor.sign_in()
    assert cookie.startswith("__Host-scimulator=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part.lower() in cookie.lower()
    assert "domain" not in cookie.lower()
    first = visitor.cookie
    visitor.sign_in()
    assert visitor.cookie != first, "a sign-in makes a session of its own"


def test_no_form_changes_anything_without_its_token_or_from_another_site(visitor: Visitor) -> None:
    for path in FORMS:
        assert visitor.post(mine(visitor, path)).status == 303, "not signed in"
    visitor.sign_in()
    csrf = visitor.csrf()
    for path in FORMS:
        assert visitor.post(mine(visitor, path)).status == 403, path
        assert visitor.post(mine(visitor, path), csrf="wrong").status == 403, path
        assert visitor.post(mine(visitor, path), CROSS_SITE, csrf=csrf).status == 403, path
    scim = Scim(visitor.server)
    assert scim.get("/Users").status == 200, "the token is the same"
    assert len(scim.admin("GET", "/tenants").json["items"]) == 1
    events = scim.admin("GET", "/audit").body.count(b"\n")
    for path in FORMS:
        visitor.get(mine(visitor, path))
    assert scim.admin("GET", "/audit").body.count(b"\n") == events, "reading changes nothing"


def test_sign_out_ends_the_session(visitor: Visitor) -> None:
    visitor.sign_in()
    csrf, held = visitor.csrf(), visitor.cookie
    assert visitor.post("/admin/sign-out", csrf=csrf).status == 303
    visitor.cookie = held
    assert visitor.get("/admin/").status == 303


def test_wrong_token_is_refused_and_guessing_is_slowed(visitor: Visitor) -> None:
    statuses = [visitor.post("/admin/sign-in", token="wrong").status for _ in range(101)]
    assert (statuses[0], statuses[-1]) == (403, 429)
    visitor.sign_in()
    assert visitor.get("/admin/").status == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/admin/", "/admin/\\evil", "javascript:1", ""]
)
def test_sign_in_leads_nowhere_else(visitor: Visitor, target: str) -> None:
    reply = visitor.post("/admin/sign-in", token=visitor.server.admin_token, next=target)
    assert reply.headers["location"] == "/admin/"


@pytest.mark.parametrize(
    ("path", "fields", "status", "words"),
    [
        ("/connections/{c}/settings", {"sync_every_minutes": "ten"}, 400, "sync_every_minutes: expected a number"),
        ("/connections/none/sync", {}, 404, "no connection none"),
        ("/connections/{c}/delete", {}, 400, "tick the box first"),
        ("/tenants", {"name": " "}, 403, "name: expected a name"),
        ("/tenants/none", {"plan": "free"}, 404, "no tenant none"),
    ],
)
def test_wrong_forms_get_one_sentence(
    visitor: Visitor, path: str, fields: dict[str, str], status: int, words: str
) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    reply = visitor.post("/admin" + path.replace("{c}", connection), None, csrf=visitor.csrf(), **fields)
    assert reply.status == status
    assert words in reply.data.decode()


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999", "since=soon"])
def test_wrong_queries_get_one_sentence(visitor: Visitor, query: str) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    assert visitor.get(f"/admin/connections/{connection}/audit?{query}").status == 400


def test_names_of_strangers_are_text_and_nothing_else(visitor: Visitor) -> None:
    scim = Scim(visitor.server)
    hostile = '"><img src=x onerror=alert(1)>\u202e\x1b[31m'
    scim.user(displayName=hostile)
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    for page in ("", "/next", "/people"):
        assert b"<img" not in visitor.get(f"/admin/connections/{connection}{page}").data


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("/Users", b"", "/Users"),
        ("/Users/anna@x.com", b"", "/Users/{id}"),
        ("/Users", b"filter=userName+eq+%22anna%40x.com%22", "/Users?filter=userName eq ?"),
        (
            "/Users",
            b'filter=emails[type eq "work" and value co "anna"]',
            "/Users?filter=emails[type eq ? and value co ?]",
        ),
        ("/Users", b"filter=anna@x.com", "/Users?filter=?"),
        ("/Users", b"filter=userName+eq+anna and title pr", "/Users?filter=userName eq ? and title pr"),
        ("/Users", b"filter=externalId%20eq%2042&startIndex=1", "/Users?filter=externalId eq ?&startIndex=1"),
        ("/Users", b"anna=secret", "/Users?anna"),
        ("/Bulk", b"", "/Bulk"),
        ("/Users/.search", b"", "/Users/.search"),
        ("/", b"", "/"),
    ],
)
def test_traffic_is_shown_by_shape(path: str, query: bytes, shown: str) -> None:
    assert shape(path, query) == shown


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (None, "Microsoft Entra ID"),
        (b"Okta SCIM Client 1.0.0", "Okta"),
        (b"Google-Auto-Provisioning", "Google Workspace"),
        (b"curl/8.5", "curl"),
        (b"\xff\xfe", "another client"),
    ],
)
def test_provider_is_guessed_by_its_agent(agent: bytes | None, name: str) -> None:
    assert looks_like(agent) == name
