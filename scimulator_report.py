"""The command `report`: reads the event stream of any tool again, and writes the reports that this tool offers."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

LONGEST_HEADER = 1_000_000  # bytes of a stream's first line
REPORTERS = {
    "check": "conformance.commands.report",
    "simulate": "simulator.commands.report",
    "replay": "simulator.commands.report",
    "load": "loadtests.commands.report",
}
CHECK, SIMULATE, LOAD = "Only for a check", "Only for a simulation", "Only for a load test"


def _file(help: str, panel: str | None = None, metavar: str = "FILE") -> Any:
    return typer.Option(help=help, metavar=metavar, rich_help_panel=panel)


def report(
    run: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Event streams that --stream wrote, or HTML reports of checks. Several runs of check are compared.",
        ),
    ],
    html: Annotated[Path | None, _file("Write the HTML report to this file.")] = None,
    json: Annotated[Path | None, _file("Write the results as JSON to this file.")] = None,
    junit: Annotated[Path | None, _file("Write JUnit XML to this file (check and load).")] = None,
    sarif: Annotated[Path | None, _file("Write the findings as SARIF, for code scanning.", CHECK)] = None,
    markdown: Annotated[Path | None, _file("Write a Markdown summary, for a pull request.", CHECK)] = None,
    badge: Annotated[Path | None, _file("Write an SVG badge to this file.", CHECK)] = None,
    log: Annotated[
        Path | None,
        _file(
            "Write the provisioning log: JSON lines, or the portal's CSV files to a folder.", SIMULATE, "FILE|FOLDER"
        ),
    ] = None,
    csv: Annotated[Path | None, _file("Write one row per operation to this CSV file.", LOAD)] = None,
) -> None:
    """Create reports from the event stream of an earlier run.

    The exit code is that of the run.

    Example: scimulator report run.jsonl --html report.html
    """
    outputs = {
        "html": html,
        "json": json,
        "junit": junit,
        "sarif": sarif,
        "markdown": markdown,
        "badge": badge,
        "log": log,
        "csv": csv,
    }
    tool = tool_of(run)
    module = importlib.import_module(REPORTERS[tool])
    for name, path in outputs.items():
        if path is not None and name not in module.FORMATS:
            offered = ", ".join(f"--{form}" for form in module.FORMATS)
            _reject(f"--{name}: {run[0]} is a run of {tool}, which offers {offered}")
    if len(run) > 1 and tool != "check":
        _reject(f"{run[1]}: expected one file; only runs of check are compared")
    raise typer.Exit(module.report_run(run, {name: path for name, path in outputs.items() if path is not None}))


def tool_of(runs: list[Path]) -> str:
    """The tool that wrote the first readable stream; check, which explains what is wrong with any other file, otherwise."""
    for run in runs:
        try:
            with run.open("rb") as stream:
                tool = str(json.loads(stream.readline(LONGEST_HEADER)).get("tool"))
        except (OSError, ValueError, AttributeError, RecursionError):
            continue
        if tool in REPORTERS:
            return tool
    return "check"


def _reject(problem: str) -> None:
    typer.echo(f"scimulator report: {problem}", err=True)
    raise typer.Exit(2)
