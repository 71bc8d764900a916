"""A target that repeats every request in its answers: no output of any tool holds a known secret, in any encoding."""

from __future__ import annotations

import base64
import html
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import urllib3

from reference_server.embedded import EmbeddedServer
from tests.fake_target import Answer, FakeTarget, Received, Whole, fake_target, http
from tests.secrecy.forms import encodings
from tests.support import USER, Command

TOKEN = "tok-K7+x/9mQ=e2Zr~attack.4f"
HEADER = "header-Qz81'&\"<value>-7d"
CLIENT_SECRET = "client%secret+Zk93/attack"
ACCESS_TOKEN = "eyJhbGciOiJub25lIn0.attack-access-token.c2ln"
PASSWORDS = (
    "Zz-scimulator-canary-Gk4rDm68TwNx35Vc!",
    "Zz-scimulator-canary-Hs9tEp27YbQz46Lf!",
    "Zz-okta-placeholder-1",
)  # of the suite's own users
KNOWN = (TOKEN, HEADER, CLIENT_SECRET, ACCESS_TOKEN, *PASSWORDS)


def echo(request: Received) -> str:
    """The credentials of a request and its body, in the forms in which servers repeat them."""
    names = ("authorization:", "x-auth-token:", "cookie:")
    plain = "\n".join([request.path, *(line for line in request.headers if line.lower().startswith(names))])
    plain += "\n" + request.body.decode("utf-8", "replace")
    secrets = [
        line.partition(" ")[2].removeprefix("Bearer ") for line in request.headers if line.lower().startswith(names)
    ]
    forms = [form for secret in secrets for form in encodings(secret).values()]
    whole = [plain, quote(plain), html.escape(plain), json.dumps(plain), base64.b64encode(plain.encode()).decode()]
    return "\n".join([*whole, *forms])


@contextmanager
def echoing(server: EmbeddedServer) -> Iterator[FakeTarget]:
    """The reference server behind a proxy that puts the echo into each error, into a header, and into some resources."""
    pool = urllib3.PoolManager(retries=False, timeout=60)

    def forward(request: Received) -> Answer:
        if request.path.endswith("/token"):
            return 200, {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600}
        headers = dict(line.split(": ", 1) for line in request.headers)
        headers = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        given = headers.get("Authorization", "")
        if given in (f"Bearer {TOKEN}", f"Bearer {ACCESS_TOKEN}"):
            headers["Authorization"] = f"Bearer {server.token}"
        url = server.base_url + request.path.removeprefix("/scim")
        answer = pool.request(request.method, url, body=request.body or None, headers=headers, redirect=False)
        body = json.loads(answer.data) if answer.data else None
        if answer.status >= 400 and isinstance(body, dict):
            body["detail"] = echo(request)
        if request.method == "POST" and isinstance(body, dict):
            body["nickName"] = echo(request)
        kept = {
            "content_type": "application/scim+json",
            "set_cookie": "lane=one; Path=/",
            "x_echo": quote("\n".join(request.headers)),
        }
        if "WWW-Authenticate" in answer.headers:
            kept["www_authenticate"] = answer.headers["WWW-Authenticate"]
        return Whole(http(answer.status, body, **kept))

    with fake_target(forward) as target:
        yield target


def leaks(folder: Path, *texts: str, known: tuple[str, ...] = KNOWN) -> list[str]:
    """Every known secret in the files below a folder and in strings, by place and encoding."""
    places = {
        str(path.relative_to(folder)): path.read_text("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file()
    }
    places |= {f"text {number}": text for number, text in enumerate(texts)}
    found = []
    for secret in known:
        forms = {name: form[5:-5] if name.startswith("base64") else form for name, form in encodings(secret).items()}
        for place, content in places.items():
            found += [
                f"{place}: {secret[:9]}… {name}" for name, form in forms.items() if len(form) > 2 and form in content
            ]
    return found


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.fixture(scope="module")
def target(shared_server: EmbeddedServer) -> Iterator[FakeTarget]:
    with echoing(shared_server) as found:
        yield found


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_check_keeps_no_secret(target: FakeTarget, scimulator: Command, tmp_path: Path) -> None:
    files = [f"--{name}=out/{name}" for name in ("html", "json", "junit", "sarif", "markdown", "badge", "stream")]
    chosen = "password or unauthorized or bearer or create_with or token or errors"
    done = scimulator(
        *("check", "--url", target.url, "--token", TOKEN, "--header", f"X-Auth-Token: {HEADER}", "--no-fuzz"),
        *("--profile", "rfc", "--profile", "okta", "-k", chosen, *files),
    )
    assert done.returncode == 1, done.stderr
    again = scimulator("report", "out/stream", "--html", "out/again.html", "--json", "out/again.json")
    stream = (tmp_path / "out" / "stream").read_text()
    assert stream.count("[redacted]") > 500
    assert (tmp_path / ".scimulator" / "last-check.jsonl").read_text() == stream
    assert leaks(tmp_path, done.stdout, done.stderr, again.stdout, again.stderr) == []
    assert open_to_others(tmp_path) == []
    for name in ("json", "sarif", "again.json"):
        json.loads((tmp_path / "out" / name).read_text())


def test_check_with_oauth_keeps_no_secret(target: FakeTarget, scimulator: Command, tmp_path: Path) -> None:
    done = scimulator(
        *("check", "--url", target.url, "--oauth-url", f"{target.url}/token", "--oauth-client", "anna", "--no-fuzz"),
        *("-k", "unauthorized or password_is_in_no_error", "--stream", "out/stream", "--html", "out/html"),
        SCIM_CLIENT_SECRET=CLIENT_SECRET,
    )
    assert done.returncode in (0, 1), done.stderr
    assert leaks(tmp_path, done.stdout, done.stderr) == []


def test_simulate_provision_and_replay_keep_no_secret(target: FakeTarget, scimulator: Command, tmp_path: Path) -> None:
    to = ("--url", target.url, "--token", TOKEN)
    outputs = ("--report", "out/html", "--json", "out/json", "--stream", "out/stream", "--log", "out/log.jsonl")
    done = [scimulator("simulate", "leaver", "--days", "1", *to, *outputs, "--record", "out/life.tape")]
    assert (tmp_path / "out" / "stream").read_text().count("[redacted]") > 100
    done.append(scimulator("provision", "7", *to))
    done.append(scimulator("replay", "out/life.tape", *to, "--json", "out/departures", "--stream", "out/replayed"))
    done.append(scimulator("replay", "out/stream", "--convert", "out/life.har"))
    assert [each.returncode for each in done if each.returncode not in (0, 1)] == []
    assert leaks(tmp_path, *(text for each in done for text in (each.stdout, each.stderr))) == []
    assert open_to_others(tmp_path) == []


def test_load_keeps_no_secret(target: FakeTarget, scimulator: Command, tmp_path: Path) -> None:
    outputs = [f"--{name}=out/{name}" for name in ("html", "json", "csv", "junit", "stream")]
    done = scimulator("load", "--url", target.url, "--token", TOKEN, "--users", "3", *outputs, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    assert leaks(tmp_path, done.stdout, done.stderr) == []
    assert open_to_others(tmp_path) == []
    assert [line for request in target.received for line in request.headers if line.lower().startswith("cookie:")] == []


def test_a_har_is_converted_without_its_credentials(scimulator: Command, tmp_path: Path) -> None:
    secrets = {
        "password": "hunter2", "patched": "Har-patched-pass-1", "cookie": "har-cookie-value-1", "token": "har-bearer-token-1",
        "basic": "har-basic-pass-1", "key": "har-api-key-1", "sign-in": "har-sign-in-pass-1", "set": "har-set-cookie-1",
        "url": "har-url-pass-1", "short": "pw1",
    }  # fmt: skip

    def entry(url: str, body: str, mime: str = "application/json", **headers: str) -> dict[str, object]:
        told = f"no: {secrets['password']} {quote(secrets['patched'])} {secrets['token']} {secrets['cookie']}"
        got = {"detail": told, "access_token": secrets["token"]}
        sent = [{"name": name.replace("_", "-"), "value": value} for name, value in headers.items()]
        return {
            "request": {
                "method": "POST",
                "url": url,
                "headers": sent,
                "cookies": [{"name": "session", "value": secrets["cookie"]}],
                "postData": {"mimeType": mime, "text": body},
            },
            "response": {
                "status": 400,
                "headers": [{"name": "Set-Cookie", "value": f"s={secrets['set']}; Path=/"}],
                "cookies": [],
                "content": {"text": base64.b64encode(json.dumps(got).encode()).decode(), "encoding": "base64"},
            },
        }

    basic = base64.b64encode(f"anna:{secrets['basic']}".encode()).decode()
    base = f"https://anna:{secrets['url']}@scim.example/v2"
    user = json.dumps({"schemas": [USER], "userName": "anna", "password": secrets["password"]})
    short = json.dumps({"schemas": [USER], "userName": "ben", "urn:x:User:password": secrets["short"]})
    patch = json.dumps({"Operations": [{"op": "replace", "path": "password", "value": secrets["patched"]}]})
    entries = [
        entry("https://scim.example/sign-in", f"user=anna&password={secrets['sign-in']}", "application/x-www-form-urlencoded"),
        entry(f"{base}/Users?api_key={secrets['key']}", user, Authorization=f"Bearer {secrets['token']}"),
        entry(f"{base}/Users", short, Authorization=f"Basic {basic}", Cookie=f"session={secrets['cookie']}"),
        entry(f"{base}/Users/7", patch, X_Api_Key=secrets["key"]),
        entry(f"{base}/Users/8", "{}", X_Note=secrets["sign-in"]),
    ]  # fmt: skip
    (tmp_path / "in.har").write_text(json.dumps({"log": {"entries": entries}}))
    for out in ("out/a.tape", "out/a.har"):
        assert scimulator("replay", "in.har", "--convert", out).returncode == 0
    assert scimulator("replay", "out/a.har", "--convert", "out/b.tape").returncode == 0
    assert leaks(tmp_path / "out", known=tuple(secrets.values())) == []
    assert open_to_others(tmp_path / "out") == []
    assert '"userName":"anna"' in (tmp_path / "out" / "b.tape").read_text().replace("\\", "")


def test_the_server_tells_no_password_of_a_database(scimulator: Command, tmp_path: Path) -> None:
    password = "pg-Pass+word/attack-1"
    for address in ("127.0.0.1:1", "nowhere.invalid", "["):
        url = f"postgresql://anna:{quote(password, safe='')}@{address}/scim"
        for command in (("serve", "--port", "0"), ("export", "-o", "out")):
            done = scimulator(*command, "--data", url)
            assert done.returncode == 2
            assert leaks(tmp_path, done.stdout, done.stderr, known=(password,)) == []
