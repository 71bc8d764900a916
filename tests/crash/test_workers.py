"""Several server processes over one database: judged by what a single one could have done, also when one is killed."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import psutil
import pytest
import urllib3

from reference_server.embedded import EmbeddedServer, embedded_server
from tests.postgres_server import PostgresServer
from tests.support import PATCH, USER, Scim

pytestmark = pytest.mark.slow
PROCESSES, CLIENTS = 3, 8  # of processes, `full` starts eight
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture(scope="module", params=[PROCESSES, pytest.param(8, marks=pytest.mark.full)])
def server(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[EmbeddedServer]:
    with embedded_server(data=postgres.new_database(), arguments=["--workers", str(request.param)]) as started:
        yield started


@pytest.fixture
def scim(server: EmbeddedServer) -> Scim:
    return Scim(server, urllib3.PoolManager(maxsize=CLIENTS, retries=False, timeout=600))


def children(server: EmbeddedServer) -> list[int]:
    """The server processes: what the process that forks them has forked."""
    family = psutil.Process(server.pid).children(recursive=True)
    return [child.pid for child in family if child.ppid() != server.pid]


@dataclass
class Written:
    """Every write that was answered: resource → version → what it must have made of the resource.

    `matched` are those that named the version they were to follow: (resource, that version, the new one).
    """

    titles: dict[str, dict[int, str]] = field(default_factory=dict)
    matched: list[tuple[str, int, int]] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, id_: str, version: str, title: str) -> None:
        with self.lock:
            held = self.titles.setdefault(id_, {})
            assert version_of(version) not in held, f"version {version} of {id_} was given twice"
            held[version_of(version)] = title


def version_of(text: str) -> int:
    return int(text.strip('W/"'))


@pytest.mark.parametrize("operations", [150, pytest.param(25_000, marks=pytest.mark.full)])
def test_random_work_of_many_clients_is_as_if_one_process_had_done_it(scim: Scim, operations: int) -> None:
    """Registers: each version is given once, what asked for a version followed that one, the last one is what is there."""
    people = [scim.user(title="0") for _ in range(5)]
    written = Written({p["id"]: {version_of(p["meta"]["version"]): "0"} for p in people})

    def client(number: int) -> None:
        dice = random.Random(number)
        for step in range(operations):
            id_, title = dice.choice(people)["id"], f"{number}-{step}"
            path, operation = f"/Users/{id_}", {"op": "replace", "path": "title", "value": title}
            if dice.random() < 0.3:
                held = scim.get(path).json["meta"]["version"]
                reply = scim.patch(path, operation, headers={"If-Match": held})
                if reply.status == 412:
                    written.refused += 1
                    continue
                written.matched.append((id_, version_of(held), version_of(reply.json["meta"]["version"])))
            elif dice.random() < 0.3:
                data = {"schemas": [PATCH], "Operations": [operation]}
                body = {"schemas": [BULK], "Operations": [{"method": "PATCH", "path": path, "data": data}]}
                done = scim.request("POST", "/Bulk", body).json["Operations"][0]
                assert done["status"] == "200"
                written.note(id_, done["version"], title)
                continue
            else:
                reply = scim.patch(path, operation)
            assert reply.status == 200, reply.body
            written.note(id_, reply.json["meta"]["version"], reply.json["title"])
            assert reply.json["title"] == title

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    for person in people:
        versions = written.titles[person["id"]]
        last = scim.get(f"/Users/{person['id']}").json
        assert (version_of(last["meta"]["version"]), last["title"]) == max(versions.items())
    assert written.matched
    assert written.refused
    for id_, before, after in written.matched:
        between = [version for version in written.titles[id_] if before < version < after]
        assert between == [], "If-Match let a write pass that did not know of another"
    verified = scim.admin("GET", "/audit/verify").json
    assert verified["whole"], verified


def test_a_name_is_given_once_across_processes(scim: Scim) -> None:
    def create(number: int) -> int:
        return scim.request("POST", "/Users", {"schemas": [USER], "userName": f"one-of-many-{number % 25}"}).status

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(create, range(200)))
    assert sorted(answers) == [201] * 25 + [409] * 175


def test_members_of_a_group_are_a_set(scim: Scim) -> None:
    """Clients add and remove members of their own, some in one PATCH of several; what is left is exactly what they left."""
    group, mine = scim.group(), [[scim.user()["id"] for _ in range(6)] for _ in range(CLIENTS)]

    def client(number: int) -> set[str]:
        dice, held, path = random.Random(number), set[str](), f"/Groups/{group['id']}"
        for _ in range(25):
            some = dice.sample(mine[number], dice.randint(1, 3))
            if dice.random() < 0.6:
                operations = [{"op": "add", "path": "members", "value": [{"value": id_} for id_ in some]}]
                held.update(some)
            else:
                operations = [{"op": "remove", "path": f'members[value eq "{id_}"]'} for id_ in some if id_ in held]
                held.difference_update(some)
            assert not operations or scim.patch(path, *operations).status in (200, 204)
        return held

    with ThreadPoolExecutor(CLIENTS) as pool:
        held = set().union(*pool.map(client, range(CLIENTS)))
    assert scim.members(group) == sorted(held)


def test_a_sync_is_one_process_s_work_also_when_it_is_killed_there(postgres: PostgresServer) -> None:
    """All admins start a sync at once while processes are killed: each user has one account at the end."""
    with embedded_server(data=postgres.new_database(), arguments=["--workers", "3"]) as server:
        scim = Scim(server, urllib3.PoolManager(maxsize=CLIENTS, retries=False, timeout=600))
        made = [scim.user()["id"] for _ in range(300)]

        def press(_: int) -> None:
            with suppress(urllib3.exceptions.HTTPError):
                scim.admin("POST", "/connections/{connection}/sync")

        before = children(server)
        with ThreadPoolExecutor(CLIENTS) as pool:
            pressed = [pool.submit(press, number) for number in range(CLIENTS)]
            while not scim.admin("GET", "/connections/{connection}/accounts?count=1").json["items"]:
                assert not all(press.done() for press in pressed)
            for pid in before[:2]:
                os.kill(pid, signal.SIGKILL)
        until_there = urllib3.Retry(total=20, backoff_factor=0.05, allowed_methods=None)
        scim.http = urllib3.PoolManager(retries=until_there, timeout=600)
        assert scim.admin("POST", "/connections/{connection}/sync").status == 200
        accounts = scim.admin("GET", "/connections/{connection}/accounts?count=1000").json["items"]
        assert sorted(account["shadow_id"] for account in accounts) == sorted(made)
        runs: list[dict[str, Any]] = scim.admin("GET", "/connections/{connection}/runs").json["items"]
        for later, earlier in pairwise(runs):
            assert earlier["ended_at"] <= later["started_at"], "two runs at once"
        assert scim.admin("GET", "/audit/verify").json["whole"]
        after = children(server)
        assert (len(after), len({*before} & {*after})) == (3, 1), "those that were killed have successors"


def test_servers_that_start_at_once_over_an_empty_database_share_one_connection(postgres: PostgresServer) -> None:
    """As containers behind a proxy do, each with the token that was chosen for all."""
    data, token = postgres.new_database(), "scim_tok_chosen_for_all_of_them"
    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        begun = [
            pool.submit(stack.enter_context, embedded_server(data=data, arguments=["--token", token])) for _ in range(4)
        ]
        servers = [start.result() for start in begun]
        assert len({server.base_url.rpartition("/")[2] for server in servers}) == 1
        [admin_token] = {server.admin_token for server in servers if server.admin_token}
        scims = [Scim(replace(server, token=token, admin_token=admin_token)) for server in servers]
        ids = {scim.user()["id"] for scim in scims}
        for scim in scims:
            assert {found["id"] for found in scim.get("/Users").json["Resources"]} == ids
            assert len(scim.admin("GET", "/audit?kind=connection").body.splitlines()) == 1
        assert scims[0].admin("GET", "/audit/verify").json["whole"]


def test_a_browser_is_signed_in_at_every_process(scim: Scim) -> None:
    origin = scim.server.admin_url.removesuffix("/admin/api")
    form = {"token": scim.server.admin_token}
    answer = scim.http.request("POST", origin + "/admin/sign-in", fields=form, encode_multipart=False, redirect=False)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    seen = {
        urllib3.request("GET", origin + "/admin/", headers={"Cookie": cookie}, redirect=False).status for _ in range(40)
    }
    assert seen == {200}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--workers", "2"), "--workers: more than one process requires a database (--data postgresql://"),
        (
            ("--workers", "2", "--data", "postgresql://a@b/c", "--virtual-clock"),
            "require a single process (--workers 1)",
        ),
        (("--workers", "2", "--data", "postgresql://a:secret@127.0.0.1:1/c"), "database c at 127.0.0.1:1 as a: "),
        (("--data", "postgresql://a:secret@127.0.0.1:1/c"), "database c at 127.0.0.1:1 as a: "),
    ],
)
def test_what_cannot_be_served_is_reported_in_a_line(scimulator: Any, arguments: tuple[str, ...], words: str) -> None:
    shown = scimulator("serve", "--port", "0", *arguments)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert words in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert "secret" not in shown.stderr
