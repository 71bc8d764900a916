"""What the commands do: a target, a run, its files; every mistake as one line with its exit code."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.client import Client, NoAnswer
from conformance.collect import BadExpression, collect
from conformance.fuzz.openapi import openapi_document
from conformance.report.again import read_run
from conformance.report.compare import COMPARISONS
from conformance.report.console import ConsoleReport
from conformance.report.files import FORMATS
from conformance.run import NothingSelected, PreflightFailed, run_checks
from conformance.settings.access import BadInput
from conformance.settings.baseline import new_failures, read_baseline
from conformance.settings.options import Options, configured, must_be_one_of, opened
from conformance.settings.waivers import unused
from conformance.target import discover
from reference_server.embedded import ServerDidNotStart, embedded_server
from simulator.wire.stream import RunStream, UnreadableStream, read_stream

__all__ = ["BadInput", "Options", "compare_runs", "list_checks", "print_openapi", "report_again", "run_command"]
LAST_RUN = Path(".scimulator") / "last-check.jsonl"


def run_command(options: Options) -> int:
    """Run the suite and write what was asked for; raises BadInput."""
    options, config = configured(options)
    must_be_one_of("--level", options.level, ("must", "should"))
    must_be_one_of("--fail-on", options.fail_on, ("any", "new"))
    if options.fail_on == "new" and options.baseline is None:
        raise BadInput("--fail-on new: needs --baseline F, a stream or a JSON report of an earlier run")
    known = read_baseline(options.baseline) if options.baseline else []
    only = _failed_last_time() if options.failed else None
    for path in (*options.outputs.values(), options.stream):
        _check_writable(path)
    with opened(options) as settings, _stream_file(options.stream) as path:
        settings = replace(settings, only=only, waive=config.waive)
        console = ConsoleReport(brief=options.brief, report=_shown_report(options.outputs))
        try:
            with RunStream(path, (console,)) as stream:
                code = run_checks(settings, stream)
        except PreflightFailed as error:
            raise BadInput(str(error), 3) from None
        except (NothingSelected, BadExpression) as error:
            raise BadInput(str(error), 2) from None
        _write_files(path, options.outputs)
        for waiver in unused(config.waivers, list(read_stream(path))) if config.waivers else ():
            sys.stdout.write(
                f"  a waiver excuses nothing any more: {waiver.requirement or waiver.check} ({waiver.reason})\n"
            )
        if not settings.embedded:
            _keep_for_next_time(path)
        if options.baseline and code == 1 and options.fail_on == "new":
            return _judge_against(known, path)
    return code


def list_checks(options: Options) -> int:
    """Print every check that would run, without a target; 2 when none would."""
    options, _ = configured(options)
    try:
        listed = collect(options.profiles, options.expression)
    except BadExpression as error:
        raise BadInput(str(error)) from None
    for check in listed:
        sys.stdout.write(f"{check.id:<96}{check.facts.ids[0]}\n")
    sys.stdout.write(f"{len(listed)} checks\n")
    return 0 if listed else 2


def print_openapi(options: Options) -> int:
    """Print the target's OpenAPI document."""
    options, _ = configured(options)
    with opened(options) as settings:
        client = Client(settings.url, settings.token, verify_tls=settings.verify_tls, extra_headers=settings.headers)
        try:
            answer = client.send("GET", "/ServiceProviderConfig")
        except NoAnswer as error:
            raise BadInput(f"{settings.url} cannot be reached: {error}", 3) from None
        if answer.status in (401, 403):
            raise BadInput(f"{settings.url} refuses the token ({answer.status})", 3)
        sys.stdout.write(json.dumps(openapi_document(discover(client), settings.url), indent=1) + "\n")
    return 0


def report_again(run: Path, outputs: dict[str, Path | None]) -> int:
    """Console and files from an earlier run's stream; returns that run's exit code."""
    events = _events(run)
    console = ConsoleReport(report=_shown_report(outputs))
    for event in events:
        console(event)
    _write_outputs(events, outputs)
    return int(events[-1]["exit_code"])


def compare_runs(runs: list[Path], outputs: dict[str, Path | None]) -> int:
    """Several runs side by side: a table of what differs, on the console and as Markdown or HTML."""
    streams = [_events(run) for run in runs]
    names = [run.stem for run in runs]
    sys.stdout.write(COMPARISONS["text"](streams, names))
    for form, path in outputs.items():
        if path is not None:
            if form not in COMPARISONS:
                raise BadInput(f"--{form}: a comparison is written as --markdown or --html")
            _check_writable(path)
            path.write_text(COMPARISONS[form](streams, names), "utf-8")
    return max(int(events[-1]["exit_code"]) for events in streams)


def serve_defect(name: str, port: int) -> int:
    """Serve one defect until Ctrl-C; or list them."""
    from conformance.defects.catalogue import defects
    from conformance.defects.proxy import defect_proxy

    known = defects()
    if name == "list":
        for item in known.values():
            sys.stdout.write(f"{item.name:<43} {item.breaks}\n")
        sys.stdout.write(f"{len(known)} defects\n")
        return 0
    if name not in known:
        near = [other for other in known if name in other][:5]
        hint = f"Did you mean {', '.join(near)}?" if near else "Try: scimulator defect list"
        raise BadInput(f'nothing is called "{name}". {hint}')
    chosen = known[name]
    try:
        with embedded_server() as server, defect_proxy(server.base_url, port) as proxy:
            base = proxy.add(name, chosen.between)
            killer = chosen.killed_by[0]
            sys.stdout.write(f"{chosen.name}: {chosen.breaks}\n  seen in  {chosen.source}\n  base URL {base}\n")
            sys.stdout.write(f"  token    {server.token}\n  found by scimulator check --url {base} -k {killer}\n")
            sys.stdout.write("  Ctrl-C ends it\n")
            sys.stdout.flush()
            while True:
                time.sleep(3600)
    except ServerDidNotStart as error:
        raise BadInput(str(error), 3) from None
    except OSError as error:
        raise BadInput(f"--port: {port}: {error.strerror or error}") from None


def _judge_against(known: list[dict[str, Any]], path: Path) -> int:
    new = new_failures(known, list(read_stream(path)))
    for event in new[:20]:
        sys.stdout.write(f"  new since the baseline: {event['verdict']} {event['id']}\n")
    sys.stdout.write(f"  {len(new)} new failures since the baseline   exit {1 if new else 0}\n")
    return 1 if new else 0


def _failed_last_time() -> frozenset[str]:
    """The ids of what did not pass in the last run from this folder; raises BadInput."""
    if not LAST_RUN.is_file():
        raise BadInput(f"--failed: there is no earlier run in {LAST_RUN.parent}/; run a check of a --url first")
    bad = ("FAIL", "UNDECIDED", "WARN")
    ids = frozenset(e["id"] for e in _events(LAST_RUN) if e["event"] == "check" and e["verdict"] in bad)
    if not ids:
        raise BadInput("--failed: everything passed last time, so nothing is run")
    return ids


def _keep_for_next_time(stream: Path) -> None:
    """The run, for --failed; a folder that cannot be written is none of the user's concern."""
    try:
        LAST_RUN.parent.mkdir(exist_ok=True)
        (LAST_RUN.parent / ".gitignore").write_text("*\n", "utf-8")
        LAST_RUN.write_bytes(stream.read_bytes())
    except OSError:
        return


@contextmanager
def _stream_file(path: Path | None) -> Iterator[Path]:
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="scimulator-") as folder:
        yield Path(folder) / "run.jsonl"


def _events(run: Path) -> list[dict[str, Any]]:
    try:
        return read_run(run)
    except UnreadableStream as error:
        raise BadInput(str(error)) from None


def _shown_report(outputs: dict[str, Path | None]) -> str:
    """The file that holds everything, if one was asked for."""
    return next((str(path) for path in (outputs["html"], outputs["markdown"], outputs["json"]) if path), "")


def _write_files(stream: Path, outputs: dict[str, Path | None]) -> None:
    if any(outputs.values()):
        _write_outputs(list(read_stream(stream)), outputs)


def _write_outputs(events: list[dict[str, Any]], outputs: dict[str, Path | None]) -> None:
    for name, path in outputs.items():
        if path is not None:
            _check_writable(path)
            path.write_text(FORMATS[name](events), "utf-8")


def _check_writable(path: Path | None) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
