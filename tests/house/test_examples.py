"""The example files of the docs: what they call exists, with the options they use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
import yaml

from reference_server import cli
from reference_server.storage.opening import is_database
from tests.support import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def options_of(command: Callable[..., None]) -> dict[str, Any]:
    """Option → parameter of a command of the program."""
    program = typer.Typer()
    program.command()(command)
    return {name: parameter for parameter in typer.main.get_command(program).params for name in parameter.opts}


def test_compose_serves_a_database_in_several_processes() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    server, database = services["server"], services["database"]["environment"]
    command, *arguments = server["command"]
    options = options_of(getattr(cli, command))
    assert {word for word in arguments if word.startswith("--")} <= set(options)
    assert set(server["environment"]) == {options[name].envvar for name in ("--data", "--token")}
    url = server["environment"]["SCIM_DATA"]
    assert is_database(url)
    assert url.startswith(f"postgresql://{database['POSTGRES_USER']}:${{POSTGRES_PASSWORD}}@database/")
    assert (ROOT / "docs" / "examples" / server["build"]["context"] / server["build"]["dockerfile"]).exists()


def test_the_image_installs_what_the_examples_need() -> None:
    steps = (EXAMPLES / "Dockerfile").read_text()
    assert '".[postgres]"' in steps
    assert 'ENTRYPOINT ["scimulator"]' in steps
