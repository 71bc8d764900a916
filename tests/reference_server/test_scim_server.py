"""The minimal server as a process: one folder, one token, users and groups that outlive a restart."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reference_server.embedded import EmbeddedServer
from reference_server.lifeline import start_guarded
from tests.support import ROOT, USER, Scim


@contextmanager
def minimal_server(data: Path, *arguments: str) -> Iterator[tuple[Scim, str]]:
    """(a client, what the server printed as its token)."""
    command = [sys.executable, "-m", "reference_server.scim_server", "--data", str(data), "--port", "0", *arguments]
    with start_guarded(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        try:
            base_url = process.stdout.readline().removeprefix("SCIM base URL").strip()
            token = process.stdout.readline().removeprefix("bearer token").strip()
            assert token, process.stderr.read()
            yield Scim(EmbeddedServer(base_url, token, "", "", None, None, process.pid)), token
        finally:
            process.send_signal(signal.SIGTERM)
            code, errors = process.wait(10), process.stderr.read()
    assert (code, "Traceback" in errors) == (0, False), errors


def with_token(scim: Scim, token: str) -> Scim:
    server = scim.server
    return Scim(EmbeddedServer(server.base_url, token, "", "", None, None, server.pid))


def use(scim: Scim) -> tuple[dict[str, Any], dict[str, Any]]:
    """Create, read, patch and filter a user and a group; returns both as an independent GET shows them."""
    user = scim.user(active=True, name={"familyName": "Berg"})
    gone = scim.user()
    group = scim.group(user["id"], gone["id"])
    assert scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "Crew"}).status == 204
    found = scim.get(f'/Users?filter=userName+eq+"{user["userName"]}"').json
    assert [held["id"] for held in found["Resources"]] == [user["id"]]
    assert scim.get('/Groups?filter=displayName+eq+"Crew"').json["totalResults"] == 1
    assert scim.request("DELETE", f"/Users/{gone['id']}").status == 204
    assert scim.get(f"/Users/{gone['id']}").status == 404
    user, group = scim.get(f"/Users/{user['id']}").json, scim.get(f"/Groups/{group['id']}").json
    assert (user["active"], group["displayName"]) == (False, "Crew")
    assert [member["value"] for member in group["members"]] == [user["id"]]
    assert [held["value"] for held in user["groups"]] == [group["id"]]
    return user, group


def raw_answer(scim: Scim, request: bytes) -> bytes:
    place = urlsplit(scim.server.base_url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=600) as wire:
        wire.sendall(request)
        return wire.recv(65_536)


def without_origin(shown: dict[str, Any], scim: Scim) -> str:
    return str(shown).replace(scim.server.base_url, "")


def test_users_and_groups_outlive_a_restart(tmp_path: Path) -> None:
    with minimal_server(tmp_path / "data") as (scim, token):
        user, group = use(scim)
        assert raw_answer(scim, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")  # it has the same front door
        before = without_origin(user, scim), without_origin(group, scim)
    assert token.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    with minimal_server(tmp_path / "data") as (stranger, printed):
        assert "earlier start" in printed
        assert stranger.get("/Users").status == 401
        scim = with_token(stranger, token)
        shown = scim.get(f"/Users/{user['id']}").json, scim.get(f"/Groups/{group['id']}").json
        assert (without_origin(shown[0], scim), without_origin(shown[1], scim)) == before
        assert scim.request("DELETE", f"/Groups/{group['id']}").status == 204
        assert "groups" not in scim.get(f"/Users/{user['id']}").json


def test_a_given_token_replaces_the_one_before(tmp_path: Path) -> None:
    with minimal_server(tmp_path / "data") as (_, first):
        pass
    with minimal_server(tmp_path / "data", "--token", "of-my-own") as (scim, token):
        assert token == "of-my-own"
        assert scim.request("POST", "/Users", {"schemas": [USER], "userName": "ada"}).status == 201
        assert with_token(scim, first).get("/Users").status == 401
        assert scim.get(scim.server.base_url.replace("/main", "/other") + "/Users").status == 401


def test_there_is_nothing_but_scim(tmp_path: Path) -> None:
    with minimal_server(tmp_path / "data") as (scim, _):
        origin = scim.server.base_url.partition("/scim")[0]
        assert [scim.get(origin + path).status for path in ("/", "/admin/", "/admin/api/tenants")] == [404, 404, 404]
        assert scim.get("/Me").status == 501
        assert scim.get("/ServiceProviderConfig").status == 200


@pytest.mark.parametrize("spoil", [lambda data: data.write_text("a file"), lambda data: _too_new(data)])
def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path, spoil: Any) -> None:
    data = tmp_path / "data"
    spoil(data)
    command = [sys.executable, "-m", "reference_server.scim_server", "--data", str(data), "--port", "0"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shown.returncode, len(shown.stderr.splitlines())) == (2, 1), shown.stderr
    assert str(data) in shown.stderr


def test_an_empty_token_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference_server.scim_server", "--data", str(tmp_path / "data"), "--token", ""]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (2, "scim_server: --token: the token is empty\n")
    assert not (tmp_path / "data").exists()


def _too_new(data: Path) -> None:
    data.mkdir()
    (data / "format.json").write_text('{"format": 99}')
