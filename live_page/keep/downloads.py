"""Files of a playthrough: the scenario, a tape, a HAR, the HTML report, the event stream, and the mapping."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson

from conformance.report.html import as_html as check_page
from live_page.keep.scenario_file import scenario_text
from live_page.session.playthrough import Playthrough
from live_page.session.problem import Problem
from live_page.session.provider import exported_mapping
from secrecy.private_files import write_private
from secrecy.temporary import temporary_folder
from simulator.report.saved_runs import write_reports
from simulator.stream.run_stream import read_stream
from simulator.tape.tape import read_tape, write_tape


@dataclass(frozen=True, slots=True)
class Download:
    """A file to download."""

    name: str
    media_type: str
    content: bytes


def download(play: Playthrough, kind: str, name: str, story: str) -> Download:
    """Make a file. It may take a while, so do not call it on the event loop. Raises Problem."""
    if kind not in KINDS:
        raise Problem("There is no such file.")
    if kind == "scenario":
        return Download(f"{name}.yaml", "application/yaml", scenario_text(play, name, story).encode())
    if kind == "mapping":
        text = json.dumps(exported_mapping(play), ensure_ascii=False, indent=1)
        return Download("mapping.json", "application/json", text.encode())
    if not play.recording.exchanges:
        raise Problem("No request was sent yet.", "Run a cycle first.")
    suffix, media_type, make = _FILES[kind]
    with temporary_folder() as folder:
        stream = folder / "run.jsonl"
        write_private(stream, finished_stream(play))
        made = folder / f"made{suffix}"
        make(stream, made)
        return Download(f"{name}{suffix}", media_type, made.read_bytes())


def finished_stream(play: Playthrough) -> bytes:
    """The event stream up to now, with the events that end it."""
    closing = (orjson.dumps(event) + b"\n" for event in play.simulation.closing_events())
    return b"".join([*play.recording.lines(), *closing])


def check_report(stream: Path) -> Download:
    """The HTML report of a finished conformance run."""
    events = list(read_stream(stream, "check"))
    return Download("check.html", "text/html; charset=utf-8", check_page(events).encode())


def _report(stream: Path, made: Path) -> None:
    write_reports(stream, made, None)


def _recorded(stream: Path, made: Path) -> None:
    base_url, exchanges = read_tape(stream)
    write_tape(made, base_url, exchanges)


def _copied(stream: Path, made: Path) -> None:
    write_private(made, stream.read_bytes())


_FILES: dict[str, tuple[str, str, Callable[[Path, Path], None]]] = {
    "report": (".html", "text/html; charset=utf-8", _report),
    "tape": (".tape", "application/jsonl", _recorded),
    "har": (".har", "application/json", _recorded),
    "stream": (".jsonl", "application/jsonl", _copied),
}
KINDS = ("scenario", "mapping", *_FILES)
