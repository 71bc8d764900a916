"""A run removes what it made, also after Ctrl-C, and reports what it could not remove."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from conformance.defects.wire import Reply, Request, Server
from conformance.run.cleanup import remaining
from conformance.target.client import Client
from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import Between, marked, of, run
from tests.stream_lines import stream_lines
from tests.support import Scim
from tests.warm_process import start_command


@pytest.mark.slow
@pytest.mark.parametrize("after", [30, 150, pytest.param(700, marks=pytest.mark.full)])
def test_interrupted_run_cleans_up(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path, after: int
) -> None:
    """Ctrl-C after a number of requests: exit code 130, and nothing remains."""
    count = 0
    reached = threading.Event()

    def counted(request: Request, server: Server) -> Reply:
        nonlocal count
        count += 1
        if count >= after:
            reached.set()
        return server(request)

    stream = tmp_path / "run.jsonl"
    page = tmp_path / "page.html"
    arguments = ["check", "--url", through(counted), "--no-fuzz", "--stream", str(stream), "--html", str(page)]
    process = start_command(*arguments, env={**os.environ, "SCIM_TOKEN": own_server.token}, cwd=tmp_path)
    assert reached.wait(300)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in errors) == (130, False), errors
    assert marked(own_server) == []
    assert stream_lines(stream)[-1]["exit_code"] == 130
    assert "Interrupted after" in page.read_text()


@pytest.mark.slow
def test_delete_that_fails_is_reported_with_its_url(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def undeletable(request: Request, server: Server) -> Reply:
        return Reply.error(500) if request.method == "DELETE" else server(request)

    url = through(undeletable)
    page = tmp_path / "out.xml"
    code, events, shown = run(url, own_server.token, tmp_path, "-k", "test_add_appends", "--junit", str(page))
    (cleanup,) = of(events, "cleanup")
    assert code == 1
    assert f"{len(cleanup['left'])} resources could not be removed from the target." in events[-1]["verdict"]
    (failure,) = ET.parse(page).findall("testsuite[@name='cleanup']/testcase/failure")
    assert failure.text == "\n".join(cleanup["left"])
    assert len(cleanup["left"]) >= 3
    assert all(place.startswith(url + "/") for place in cleanup["left"])
    assert cleanup["left"][0] in shown


def test_a_deletion_whose_response_was_lost_leaves_nothing(shared_server: EmbeddedServer) -> None:
    """What remains is decided by reading it: the URL of a resource that is gone is not listed."""
    scim, client = Scim(shared_server), Client(shared_server.base_url, shared_server.token)
    kept, gone = (f"{shared_server.base_url}/Users/{scim.user()['id']}" for _ in range(2))
    assert client.send("DELETE", gone).status == 204
    search = f"{shared_server.base_url}/Users?userName=unknown"
    assert remaining(client, [kept, gone, search]) == [kept, search]


def _soft(request: Request, server: Server) -> Reply:
    """A server that returns 204 for a DELETE but still lists the resource."""
    return Reply(204) if request.method == "DELETE" else server(request)


def _without_sw(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidFilter") if " sw " in unquote_plus(request.query) else server(request)


def _odd_ids(request: Request, server: Server) -> Reply:
    """Every id has characters that a path cannot hold as they are."""
    reply = server(replace(request, path=request.path.replace(ODD_ID, ""), body=request.body.replace(PLAIN_ID, b"")))
    return replace(reply, body=UUID_FIELD.sub(rb"\1" + PLAIN_ID + rb"\2", reply.body))


PLAIN_ID = b"a/b?#%c "
ODD_ID = "a%2Fb%3F%23%25c%20"
UUID_FIELD = re.compile(rb'("(?:id|value)": ?")([0-9a-f]{8}-)')
CHECKS = ("-k", "test_add_appends or test_member_is_added", "--profile", "rfc")


def test_users_that_stay_listed_are_reported_after_few_deletions(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    sent: list[str] = []

    def counted(request: Request, server: Server) -> Reply:
        sent.extend([request.path] if request.method == "DELETE" else [])
        return _soft(request, server)

    code, events, shown = run(through(counted), own_server.token, tmp_path, *CHECKS)
    (cleanup,) = of(events, "cleanup")
    assert code == 1
    assert len(cleanup["left"]) == len(set(sent)) >= 3
    assert max(Counter(sent).values()) <= 3, "a check deletes once, the clean-up at most twice"
    assert f"{len(cleanup['left'])} resources could not be removed" in shown


@pytest.mark.parametrize("between", [_without_sw, _odd_ids], ids=["no sw", "odd ids"])
def test_nothing_remains_on_servers_of_other_kinds(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path, between: Between
) -> None:
    def lossy(request: Request, server: Server) -> Reply:
        """The answer to a creation shows no id, so that only the clean-up finds the user."""
        reply = between(request, server)
        if request.method == "POST" and b"test_add_appends" in request.headers.get("scimulator-check", "").encode():
            return replace(reply, body=b"{}")
        return reply

    _, events, shown = run(through(lossy), own_server.token, tmp_path, *CHECKS)
    (cleanup,) = of(events, "cleanup")
    assert (cleanup["left"], cleanup["unverified"], marked(own_server)) == ([], [], [])
    assert "nothing remains of what the run created" in shown


@pytest.mark.parametrize(
    "id_", ["", "..", None, *(pytest.param(id_, marks=pytest.mark.full) for id_ in (" ", ".", 7))], ids=repr
)
def test_an_id_that_is_none_deletes_nothing_but_what_the_run_made(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path, id_: object
) -> None:
    stranger = Scim(own_server).user()
    deleted: list[str] = []

    def odd(request: Request, server: Server) -> Reply:
        deleted.extend([request.path] if request.method == "DELETE" else [])
        reply = server(request)
        if request.method == "POST" and reply.status == 201:
            location = f"{reply.headers['location'].rpartition('/')[0]}/"
            headers = {**reply.headers, "location": location}
            return replace(reply, headers=headers, body=json.dumps({**json.loads(reply.body), "id": id_}).encode())
        return reply

    _, events, _ = run(through(odd), own_server.token, tmp_path, "-k", "test_add_appends", "--profile", "rfc")
    assert all(re.fullmatch(r"/(Users|Groups)/[0-9a-f-]{36}", path) for path in deleted), deleted
    assert Scim(own_server).get(f"/Users/{stranger['id']}").status == 200
    assert marked(own_server) == []
    assert events[-1]["event"] == "end", "a preflight that rejects the id ends the run in order"
    assert all(event["left"] == [] for event in of(events, "cleanup"))


def test_an_answer_with_a_strangers_id_does_not_delete_the_stranger(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    stranger = Scim(own_server).user()

    def wrong(request: Request, server: Server) -> Reply:
        reply = server(request)
        if request.method == "POST" and reply.status == 201:
            return replace(reply, body=json.dumps({"schemas": [], "id": stranger["id"]}).encode())
        return reply

    run(through(wrong), own_server.token, tmp_path, "-k", "test_stored_user_is_returned", "--profile", "rfc")
    run(through(wrong), own_server.token, tmp_path, "-k", "test_location_header", "--profile", "rfc")
    assert Scim(own_server).get(f"/Users/{stranger['id']}").status == 200
    assert marked(own_server) == []


def test_a_server_that_lists_nothing_is_reported_as_unverified(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    def blind(request: Request, server: Server) -> Reply:
        is_list = request.method == "GET" and request.path in ("/Users", "/Groups")
        return (
            Reply.error(403)
            if is_list and "test_" not in request.headers.get("scimulator-check", "test_")
            else server(request)
        )

    _, events, shown = run(through(blind), own_server.token, tmp_path, *CHECKS)
    (cleanup,) = of(events, "cleanup")
    assert len(cleanup["unverified"]) == 2
    assert "what remains could not be verified: /Users" in shown
