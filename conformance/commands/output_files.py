"""Writes the output files of a command: each format to the path of its option."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.report.formats import FORMATS
from conformance.settings.bad_input import BadInput
from secrecy import private_files
from secrecy.private_files import write_private
from simulator.stream.events import CheckEvent


def fullest_report(outputs: Mapping[str, Path | None]) -> str:
    """The path of the most detailed report that the options name; empty if there is none."""
    return next((str(path) for path in (outputs.get("html"), outputs.get("markdown"), outputs.get("json")) if path), "")


def write_outputs(events: list[CheckEvent], outputs: Mapping[str, Path | None]) -> None:
    for name, path in outputs.items():
        if path is not None:
            write_output(path, FORMATS[name](events))


def write_output(path: Path, content: str) -> None:
    """Write a file that only its owner can read; raises BadInput."""
    try:
        write_private(path, content)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None


def check_writable(path: Path | None) -> None:
    """Raise BadInput before the run unless the file can be written."""
    if path is None:
        return
    try:
        private_files.check_writable(path)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
