"""The example files of the docs: what they call exists, with the options they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import typer
import yaml

from loadtests.commands.load import load
from reference_server.cli import serve
from reference_server.scale.open_store import is_database
from tests.support import ROOT

EXAMPLES = ROOT / "docs" / "examples"
SERVICES = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
COMMANDS: dict[str, Callable[..., None]] = {"serve": serve, "load": load}
JOBS = [
    document["spec"]
    for document in yaml.safe_load_all((EXAMPLES / "load-kubernetes.yaml").read_text())
    if document["kind"] == "Job"
]
IN_KUBERNETES = [job["template"]["spec"]["containers"][0]["args"] for job in JOBS]


def options_of(command: Callable[..., None]) -> dict[str, Any]:
    """Option → parameter of a command of the program."""
    program = typer.Typer()
    program.command()(command)
    return {name: parameter for parameter in typer.main.get_command(program).params for name in parameter.opts}


@pytest.mark.parametrize(
    "command", [*(SERVICES[name]["command"] for name in ("server", "load", "load-workers")), *IN_KUBERNETES]
)
def test_commands_use_options_that_exist(command: list[str]) -> None:
    name, *arguments = command
    assert {word for word in arguments if word.startswith("--")} <= set(options_of(COMMANDS[name]))


def test_compose_serves_one_database_from_several_processes_behind_a_proxy() -> None:
    server, database, proxy = SERVICES["server"], SERVICES["database"]["environment"], SERVICES["proxy"]
    options = options_of(serve)
    assert set(server["environment"]) == {options[name].envvar for name in ("--data", "--token", "--admin-token")}
    url = server["environment"]["SCIM_DATA"]
    assert is_database(url)
    assert url.startswith(f"postgresql://{database['POSTGRES_USER']}:${{POSTGRES_PASSWORD}}@database/")
    assert (EXAMPLES / server["build"]["context"] / server["build"]["dockerfile"]).exists()
    assert server["deploy"]["replicas"] > 1
    assert "ports" not in server, "only one of several can have a port of the host"
    assert proxy["ports"]


@pytest.mark.parametrize(
    ("leader", "workers", "machines"),
    [
        (
            SERVICES["load"]["command"],
            SERVICES["load-workers"]["command"],
            SERVICES["load-workers"]["deploy"]["replicas"],
        ),
        (*IN_KUBERNETES, JOBS[1]["parallelism"]),
    ],
    ids=["compose", "kubernetes"],
)
def test_the_leader_of_a_load_waits_for_the_workers_that_come(
    leader: list[str], workers: list[str], machines: int
) -> None:
    awaited = int(leader[leader.index("--remote-workers") + 1])
    assert awaited == machines * int(workers[workers.index("--workers") + 1])


def test_the_load_environment_is_what_the_command_reads() -> None:
    options = options_of(load)
    assert set(SERVICES["load"]["environment"]) == {options[name].envvar for name in ("--url", "--token")}
    assert set(SERVICES["load-workers"]["environment"]) == {options["--token"].envvar}


def test_the_image_installs_what_the_examples_need() -> None:
    steps = (EXAMPLES / "Dockerfile").read_text()
    assert '".[postgres]"' in steps
    assert 'ENTRYPOINT ["scimulator"]' in steps
