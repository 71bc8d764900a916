"""Workers of other machines: they join the run that one machine leads, as docs/load.md and the Kubernetes example say."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from reference_server.embedded import EmbeddedServer
from tests.support import ROOT, Command, started

MANIFEST = ROOT / "docs" / "examples" / "load-kubernetes.yaml"


def parts_of_manifest() -> dict[str, Any]:
    return {f"{part['kind']} {part['metadata']['name']}": part for part in yaml.safe_load_all(MANIFEST.read_text())}


def container(job: dict[str, Any]) -> dict[str, Any]:
    (found,) = job["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_the_manifest_has_as_many_workers_as_the_leader_waits_for() -> None:
    parts = parts_of_manifest()
    leader, workers = parts["Job scimulator-load"], parts["Job scimulator-load-workers"]
    led, joined = container(leader)["args"], container(workers)["args"]
    number = workers["spec"]["parallelism"] * int(joined[joined.index("--workers") + 1])
    assert int(led[led.index("--remote-workers") + 1]) == number
    assert workers["spec"]["completions"] == workers["spec"]["parallelism"]
    service = parts[f"Service {joined[joined.index('--join') + 1]}"]
    assert service["spec"]["selector"] == {"job-name": leader["metadata"]["name"]}
    assert service["spec"]["ports"][0]["port"] == container(leader)["ports"][0]["containerPort"] == 5557
    assert container(leader)["image"] == container(workers)["image"]


@pytest.mark.slow
def test_the_commands_of_the_manifest_share_a_run(server: EmbeddedServer, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    parts = parts_of_manifest()
    held = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token, "PYTHONPATH": str(ROOT)}
    place = {"scimulator-load": address, "50000": "40"}

    def start(name: str, *more: str) -> AbstractContextManager[subprocess.Popen[str]]:
        arguments = [place.get(word, word) for word in container(parts[name])["args"]]
        return started(*arguments, *more, env=held, cwd=tmp_path, stderr=subprocess.STDOUT)

    with ExitStack() as stack:
        processes = [stack.enter_context(start("Job scimulator-load-workers")) for _ in range(2)]
        leader = start("Job scimulator-load", "--listen", address, "--json", "out.json")
        processes.append(stack.enter_context(leader))
        said = [process.communicate(timeout=600)[0] for process in reversed(processes)]
        assert [process.returncode for process in processes] == [0, 0, 0], said
    value = json.loads((tmp_path / "out.json").read_text())
    assert value["settings"]["workers"] == 4
    assert value["differences"] == []
    assert {item["name"]: item["count"] for item in value["operations"]}["create user"] == 40
    assert not any(server.token in words for words in said)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--join", "host:x"), '--join: expected HOST or HOST:PORT such as 10.0.0.5:5557, got "host:x"'),
        (("--join", ":5557"), "--join: expected HOST or HOST:PORT"),
        (("--join", "127.0.0.1"), "--join: a worker needs the bearer token too"),
        (("--remote-workers", "2"), "--remote-workers: expected --url"),
        (("--remote-workers", "2", "--workers", "2"), "--remote-workers: cannot be combined with --workers"),
        (("--remote-workers", "2", "--find-limit"), "--remote-workers: cannot be combined with --find-limit"),
        (("--listen", "1.2.3.4:99999", "--remote-workers", "1"), "--remote-workers: expected --url"),
    ],
)
def test_what_cannot_be_joined_is_reported_at_once(scimulator: Command, arguments: tuple[str, ...], words: str) -> None:
    shown = scimulator("load", *arguments)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert words in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
