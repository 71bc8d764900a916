"""Who may use the page, and what its responses and files contain."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from live_page.session.playthrough import Access
from live_page.web.app import STATIC
from tests.live_page.running import TEN, Live, finished, live_page

pytestmark = pytest.mark.slow


def test_the_link_works_once_and_its_cookie_is_out_of_reach_of_scripts(tmp_path: Path) -> None:
    with live_page(tmp_path) as live:
        assert live.request("GET", "/").status == 403
        assert live.request("GET", "/?key=wrong").status == 403
        first = live.request("GET", "/?" + live.link.partition("?")[2])
        assert (first.status, first.headers["location"]) == (303, "/")
        cookie = first.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        second = live.request("GET", "/?" + live.link.partition("?")[2])
        assert second.status == 403
        assert b"The link works once" in second.data
        live.cookie = cookie.partition(";")[0]
        assert live.request("GET", "/").status == 200
        again = live.request("GET", "/?" + live.link.partition("?")[2])
        assert (again.status, again.headers["location"]) == (303, "/"), "a reload of the link leads to the page"


FOREIGN: list[tuple[str, str, dict[str, str]]] = [
    ("GET", "/", {"Host": "evil.example"}),
    ("GET", "/api/state", {"Host": "scimulator.evil.example:{port}"}),
    ("GET", "/api/state", {"Origin": "http://evil.example"}),
    ("GET", "/api/state", {"Sec-Fetch-Site": "cross-site"}),
    ("GET", "/api/state", {"Cookie": ""}),
    ("GET", "/static/app.js", {"Cookie": "scimulator-1=x"}),
    ("POST", "/api/changes", {"Origin": "http://evil.example"}),
    ("POST", "/api/changes", {"Origin": "null"}),
    ("POST", "/api/changes", {"Origin": ""}),
]


def test_other_sites_other_hosts_and_other_browsers_are_rejected(shared_page: Live) -> None:
    live = shared_page
    for method, path, headers in FOREIGN:
        sent = {name: value.format(port=live.origin.rpartition(":")[2]) for name, value in headers.items()}
        body = {"what": "hire"} if method == "POST" else None
        assert live.request(method, path, body, **sent).status == 403, (method, path, headers)
    plain = live.request("POST", "/api/changes", {"what": "hire"}, **{"Content-Type": "text/plain"})
    assert (plain.status, "application/json" in plain.json()["problem"]["sentence"]) == (409, True)


@pytest.mark.parametrize(
    ("headers", "opens"),
    [({}, False), ({"Origin": "http://evil.example"}, False), ({"Origin": "{own}"}, True)],
    ids=["no origin", "another origin", "own origin"],
)
def test_a_web_socket_needs_the_cookie_and_our_own_origin(
    shared_page: Live, headers: dict[str, str], opens: bool
) -> None:
    live = shared_page

    async def first_message(cookie: str) -> str:
        sent = {name: value.format(own=live.origin) for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(live.origin + "/updates", headers={**sent, "Cookie": cookie}) as socket,
        ):
            return str(await asyncio.wait_for(socket.receive_str(), 60))

    with pytest.raises(aiohttp.WSServerHandshakeError):
        finished(first_message("scimulator=x"))
    if opens:
        assert '"versions"' in finished(first_message(live.cookie))
    else:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            finished(first_message(live.cookie))


def test_nothing_inline_runs_and_nothing_comes_from_elsewhere(shared_page: Live) -> None:
    for path in ("/", "/static/app.js", "/static/style.css", "/api/state"):
        answer = shared_page.request("GET", path)
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in str(policy)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    sources = [path.read_text("utf-8") for path in STATIC.rglob("*") if path.suffix in (".js", ".html", ".css")]
    text = "\n".join(sources)
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|eval\(", text)
        == []
    )
    assert set(re.findall(r"https?://[^\s\"'`<>)]+", text)) == {"http://www.w3.org/2000/svg", "https://host/scim/v2"}


def test_secrets_stay_in_the_process(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN)
    live.clock("cycle")
    server = live.play.target.embedded
    assert server is not None
    secrets = [server.token, server.admin_token, server.control_token]
    paths = [
        "/",
        "/api/state",
        "/api/target",
        "/api/traffic",
        "/api/traffic/1",
        "/api/provider",
        "/api/keep",
        "/api/clock",
    ]
    paths += [f"/download/{kind}" for kind in ("report", "tape", "har", "stream", "mapping")]
    for path in paths:
        answer = live.request("GET", path)
        assert answer.status == 200, path
        assert [secret for secret in secrets if secret and secret.encode() in answer.data] == [], path


def test_the_admin_pages_open_signed_in(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN)
    answer = live.request("GET", "/admin")
    assert answer.status == 303
    assert live.play.target.embedded is not None
    assert live.play.target.embedded.admin_token not in str(answer.headers)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    page = live.http.request("GET", answer.headers["location"], headers={"Cookie": cookie}, redirect=False)
    assert b"Sign out" in page.data


def test_a_target_of_someone_else_has_no_admin_pages(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN, Access("http://127.0.0.1:9/scim/v2", "a-token-of-nobody"))
    assert live.request("GET", "/admin").status == 409


def test_files_that_are_too_large_are_rejected(shared_page: Live) -> None:
    assert "larger than" in shared_page.problem("/api/provider/mapping", {"text": "x" * 4_100_000})
