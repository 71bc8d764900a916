"""The example files of the docs: what they call exists, with the options they use."""

from __future__ import annotations

from typing import Any

import typer
import yaml

from reference_server.storage.opening import is_database
from scimulator import cli
from tests.support import ROOT

EXAMPLES = ROOT / "docs" / "examples"


def options_of(command: str) -> dict[str, Any]:
    """Option → parameter of a command of the program."""
    found: Any = typer.main.get_command(cli)
    return {name: parameter for parameter in found.commands[command].params for name in parameter.opts}


def test_compose_serves_a_database_in_several_processes() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    server, database = services["server"], services["database"]["environment"]
    command, *arguments = server["command"]
    assert {word for word in arguments if word.startswith("--")} <= set(options_of(command))
    assert set(server["environment"]) == {options_of(command)[name].envvar for name in ("--data", "--token")}
    url = server["environment"]["SCIM_DATA"]
    assert is_database(url)
    assert url.startswith(f"postgresql://{database['POSTGRES_USER']}:${{POSTGRES_PASSWORD}}@database/")
    assert (ROOT / "docs" / "examples" / server["build"]["context"] / server["build"]["dockerfile"]).exists()


def test_the_image_installs_what_the_examples_need() -> None:
    steps = (EXAMPLES / "Dockerfile").read_text()
    assert '".[postgres]"' in steps
    assert 'ENTRYPOINT ["scimulator"]' in steps
