"""Attacks on the admin's sign-in and on tokens: guessing, old sessions, forged forms, forged Host headers, frames."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from starlette.responses import Response

from reference_server.admin.guard import MAX_WRONG_TOKENS
from reference_server.admin.signin import Browsers
from reference_server.embedded import embedded_server
from reference_server.process import bind, origin_of
from reference_server.settings import Limits
from tests.in_process import House, house, run
from tests.reference_server.support import Visitor
from tests.support import Command, Scim

WRONG = "scim_adm_of_someone_else"
ADMIN_TOKENS = ["scim_adm_before_the_leak", "scim_adm_after_the_leak"]


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with embedded_server() as server:
        yield Visitor(server)


# ── guessing ──


def test_guesses_are_not_even_compared_beyond_the_limit(tmp_path: Path) -> None:
    """Through the page and the API, since both compare the same token; sessions and SCIM requests still work."""
    with embedded_server(data=tmp_path / "data") as server:
        admin, guesser, scim = Visitor(server), Visitor(server), Scim(server)
        admin.sign_in()
        url = f"{server.admin_url}/tenants"
        tries = [scim.request("GET", url, token=WRONG).status for _ in range(MAX_WRONG_TOKENS // 2)]
        tries += [guesser.post("/admin/sign-in", token=WRONG).status for _ in range(MAX_WRONG_TOKENS // 2)]
        assert set(tries) == {401, 403}
        page, api = guesser.post("/admin/sign-in", token=server.admin_token), scim.admin("GET", "/tenants")
        assert (page.status, api.status) == (429, 429), "the right token must look like a wrong one"
        assert "set-cookie" not in page.headers
        assert all(1 <= int(reply.headers["retry-after"]) <= 60 for reply in (page, api))
        assert admin.get("/admin/").status == 200, "whoever is signed in stays so"
        assert scim.get("/Users").status == 200
    with house(data=tmp_path / "data") as at:
        events = [event for event in at.service.audit.events() if event["kind"].startswith("admin.")]
    assert [event["kind"] for event in events] == ["admin.signed_in", "admin.refused", "admin.refused"]
    assert [event["detail"].get("wrong_tokens") for event in events] == [None, 1, MAX_WRONG_TOKENS]
    assert not any(token in str(events) for token in (WRONG, server.admin_token))


def test_guessing_at_a_connection_locks_out_no_one_else() -> None:
    limit = Limits().max_wrong_tokens
    with embedded_server() as server:
        scim = Scim(server)
        base = scim.server.base_url
        assert {scim.http.request("GET", f"{base}/Users").status for _ in range(limit + 1)} == {401}
        assert scim.get("/Users").status == 200, "a request without a token is no guess"
        assert [scim.request("GET", "/Users", token=WRONG).status for _ in range(limit)] == [401] * limit
        held = scim.get("/Users")
        assert (held.status, held.json["status"]) == (429, "429")
        assert 1 <= int(held.headers["retry-after"]) <= 60
        tenant = scim.admin("GET", "/tenants").json["items"][0]["id"]
        other = scim.admin("POST", f"/tenants/{tenant}/connections").json
        assert scim.request("GET", f"{other['base_url']}/Users", token=other["token"]).status == 200


# ── sessions ──


def test_another_admin_token_ends_the_sessions_of_the_old_one(tmp_path: Path) -> None:
    cookies: list[str] = []
    for token in ADMIN_TOKENS:
        with embedded_server(data=tmp_path / "data", arguments=["--admin-token", token]) as server:
            visitor = Visitor(server)
            for cookie in cookies:
                visitor.cookie = cookie
                assert visitor.get("/admin/").headers["location"] == "/admin/sign-in?next=/admin/"
            visitor.cookie = ""
            visitor.sign_in()
            assert visitor.get("/admin/").status == 200
            cookies.append(visitor.cookie)
    with embedded_server(data=tmp_path / "data") as server:
        visitor = Visitor(server)
        visitor.cookie = cookies[-1]
        assert visitor.get("/admin/").status == 200, "a restart alone ends no session"


def test_sign_ins_and_sign_outs_are_audited(visitor: Visitor) -> None:
    visitor.post("/admin/sign-in", token=WRONG)
    visitor.sign_in()
    visitor.post("/admin/sign-out", csrf=visitor.csrf())
    scim = Scim(visitor.server)
    lines = scim.admin("GET", "/audit?kind=admin").body.decode().splitlines()
    assert ["refused" in line for line in lines][:1] == [True]
    assert [kind for line in lines for kind in ("signed_in", "signed_out") if kind in line] == [
        "signed_in",
        "signed_out",
    ]
    assert all('"address":"127.0.0.1"' in line for line in lines)


# ── forms of other sites ──

FOREIGN = {
    "another site's Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
    "a sibling's Sec-Fetch-Site": {"Sec-Fetch-Site": "same-site"},
    "another site's Origin": {"Origin": "https://evil.example"},
    "a sandboxed Origin": {"Origin": "null"},
    "another port's Origin": {"Origin": "http://127.0.0.1:1"},
}


@pytest.mark.parametrize("case", FOREIGN)
def test_no_form_of_another_site_is_accepted(visitor: Visitor, case: str) -> None:
    reply = visitor.post("/admin/sign-in", FOREIGN[case], token=visitor.server.admin_token)
    assert (reply.status, "set-cookie" in reply.headers) == (403, False)
    visitor.sign_in()
    assert visitor.post("/admin/tenants", FOREIGN[case], csrf=visitor.csrf(), name="forged").status == 403
    for csrf in ("", "x", visitor.csrf()[:-1]):
        assert visitor.post("/admin/tenants", csrf=csrf, name="forged").status == 403
    assert b"forged" not in visitor.get("/admin/").data


def test_a_form_of_our_own_origin_is_accepted(visitor: Visitor) -> None:
    own = {"Origin": visitor.origin, "Sec-Fetch-Site": "same-origin"}
    assert visitor.post("/admin/sign-in", own, token=visitor.server.admin_token).status == 303


# ── the Host header ──


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/admin",
        "/admin/",
        "/admin/sign-in",
        "/admin/sign-in/",
        "/admin/connections/x/",
        "/control",
        "/scim/v2",
        "//",
    ],
)
def test_a_forged_host_is_never_repeated(visitor: Visitor, path: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(visitor.origin).netloc, timeout=60)
    connection.request("GET", path or "/", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    reply = connection.getresponse()
    assert b"evil" not in reply.read()
    assert "evil" not in str(reply.headers)
    assert reply.getheader("location", "/").startswith("/")
    connection.close()


def test_a_forged_host_is_in_no_location_of_scim(visitor: Visitor) -> None:
    scim = Scim(visitor.server)
    made = scim.request("GET", "/ResourceTypes", headers={"Host": "evil.example"})
    assert (made.status, b"evil" in made.body) == (200, False)


def test_every_address_is_no_host_of_a_location() -> None:
    for host in ("0.0.0.0", "::"):
        with bind(host, 0) as listener:
            name = urlsplit(origin_of(listener, host)).hostname
            assert name not in ("0.0.0.0", "::", "", None)


# ── flags ──

PUBLIC_URLS = ["", "scim.example", "ftp://scim.example", "https://", "https://a/b", "https://u:p@a", "https://a?x", "https://[::1", "https://a:x", "javascript:1"]  # fmt: skip


@pytest.mark.parametrize("url", PUBLIC_URLS)
def test_public_url_is_an_origin(scimulator: Command, url: str) -> None:
    done = scimulator("serve", "--data", "data", "--port", "0", "--public-url", url)
    expected = f'scimulator serve: --public-url: expected a URL with only scheme, host, and port, like https://scim.example:8443, got "{url}"\n'
    assert (done.returncode, done.stderr) == (2, expected)


def test_a_short_admin_token_is_one_line(scimulator: Command, tmp_path: Path) -> None:
    for arguments, env in ((["--admin-token", "7777"], {}), ([], {"SCIM_ADMIN_TOKEN": "7777"})):
        done = scimulator("serve", "--data", "data", "--port", "0", *arguments, **env)
        expected = "scimulator serve: --admin-token: expected at least 16 characters, got 4\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, "", expected)
    assert not (tmp_path / "data").exists()


# ── headers ──


def test_pages_answer_with_the_headers_that_browsers_need(visitor: Visitor) -> None:
    visitor.sign_in()
    paths = ["/", "/admin", "/admin/", "/admin/sign-in", "/admin/connections/none", "/admin/static/style.css"]
    replies: list[urllib3.BaseHTTPResponse] = [visitor.get(path) for path in paths]
    replies.append(visitor.post("/admin/tenants"))
    for reply in replies:
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["x-content-type-options"] == "nosniff"
    api = Scim(visitor.server).admin("GET", "/tenants")
    assert (api.headers["x-content-type-options"], api.headers["cache-control"]) == ("nosniff", "no-store")


COOKIES = {  # what clients see of the server → (name of the cookie, whether it is Secure)
    "https://scim.example": ("__Host-scimulator", True),
    "http://127.0.0.1:8080": ("__Host-scimulator", True),
    "http://[::1]:8080": ("__Host-scimulator", True),
    "http://lab.example:8080": ("scimulator", False),  # browsers would drop a Secure cookie that comes without TLS
}


@pytest.mark.parametrize("origin", COOKIES)
def test_the_cookie_is_as_safe_as_the_origin_allows(at: House, origin: str) -> None:
    name, is_secure = COOKIES[origin]
    response = Response()
    run(Browsers(at.service.tables, origin, b"digest").sign_in(response))
    cookie = response.headers["set-cookie"]
    assert (cookie.partition("=")[0], "; Secure" in cookie) == (name, is_secure)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
