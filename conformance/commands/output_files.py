"""The files that a command writes: each format to the path that its option names."""

from __future__ import annotations

from pathlib import Path

from conformance.report.formats import FORMATS
from conformance.settings.bad_input import BadInput
from simulator.stream.events import CheckEvent


def fullest_report(outputs: dict[str, Path | None]) -> str:
    """The file that holds everything, if one was asked for."""
    return next((str(path) for path in (outputs["html"], outputs["markdown"], outputs["json"]) if path), "")


def write_outputs(events: list[CheckEvent], outputs: dict[str, Path | None]) -> None:
    for name, path in outputs.items():
        if path is not None:
            check_writable(path)
            path.write_text(FORMATS[name](events), "utf-8")


def check_writable(path: Path | None) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
