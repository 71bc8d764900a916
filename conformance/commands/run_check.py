"""Carries out `check`: runs the suite against the target, lists the checks, or prints an OpenAPI document."""

from __future__ import annotations

import atexit
import gc
import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from conformance.commands.output_files import check_writable, fullest_report, write_outputs
from conformance.fuzz.openapi import openapi_document
from conformance.report.console import ConsoleReport
from conformance.report.saved_runs import read_run
from conformance.run.collect import BadExpression, NothingSelected, collect
from conformance.run.run_settings import Settings
from conformance.run.suite import PreflightFailed, run_checks
from conformance.settings.bad_input import BadInput
from conformance.settings.baseline import new_failures, read_baseline
from conformance.settings.last_run import failed_last_time, keep_for_next_time
from conformance.settings.options import Options, configured, must_be_one_of, opened
from conformance.settings.waivers import Config, unused
from conformance.target.client import Client, Connection, NoAnswer
from conformance.target.discovery import discover
from secrecy.lost_output import OutputLost
from simulator.stream.run_stream import Place, RunStream, UnreadableStream, read_stream, stream_place
from simulator.wording import counted


def run_command(options: Options) -> int:
    """Run the suite and write the output files; raises BadInput."""
    options, config = configured(options)
    must_be_one_of("--level", options.level, ("must", "should"))
    must_be_one_of("--fail-on", options.fail_on, ("any", "new"))
    if options.fail_on == "new" and options.baseline is None:
        raise BadInput("--fail-on new: also pass --baseline FILE, an event stream or a JSON report of an earlier run")
    known = read_baseline(options.baseline) if options.baseline else {}
    only = failed_last_time() if options.failed else None
    for path in (*options.outputs.values(), options.stream):
        check_writable(path)
    _prepare(options)
    with opened(options) as settings, stream_place(options.stream) as place:
        path = place.file
        try:
            code = _run_into(place, replace(settings, only=only, waive=config.waive), options)
        except (KeyboardInterrupt, OutputLost):  # the report shows what was found until then
            with suppress(UnreadableStream):
                write_outputs(read_run(path), options.outputs)
            raise
        if any(options.outputs.values()):
            write_outputs(read_run(path), options.outputs)
        _tell_unused_waivers(config, path)
        if not settings.embedded:
            keep_for_next_time(path)
        if options.baseline and code == 1 and options.fail_on == "new":
            return _judge_against(known, path)
    return code


def _prepare(options: Options) -> None:
    """Collect the checks, which stay to the end, so that the garbage collector need not walk over them.

    What a run keeps later stays to the end as well, so objects that outlive one search are rarely searched again.
    """
    gc.set_threshold(10_000, 1_000, 10)
    collect(options.profiles)
    gc.freeze()
    atexit.register(gc.freeze)  # what the process leaves behind is not searched for cycles


def _run_into(place: Place, settings: Settings, options: Options) -> int:
    """Run the suite with its stream and its console; returns the exit code, raises BadInput."""
    console = ConsoleReport(brief=options.brief, report=fullest_report(options.outputs))
    try:
        with RunStream(place, (console,)) as stream:
            return run_checks(settings, stream)
    except PreflightFailed as error:
        raise BadInput(str(error), 3) from None
    except (NothingSelected, BadExpression) as error:
        raise BadInput(str(error), 2) from None


def _tell_unused_waivers(config: Config, path: Path) -> None:
    for waiver in unused(config.waivers, list(read_stream(path, "check"))) if config.waivers else ():
        sys.stdout.write(f"  unused waiver: {waiver.requirement or waiver.check} ({waiver.reason})\n")


def list_checks(options: Options) -> int:
    """Print the selected checks without a target. Raises BadInput if there are none."""
    options, _ = configured(options)
    try:
        listed = collect(options.profiles, options.expression)
    except BadExpression as error:
        raise BadInput(str(error)) from None
    if not listed:
        raise BadInput(str(NothingSelected(options.expression)))
    for check in listed:
        sys.stdout.write(f"{check.id:<96}{check.facts.ids[0]}\n")
    sys.stdout.write(f"{counted(len(listed), 'check')}\n")
    return 0


def print_openapi(options: Options) -> int:
    """Print the target's OpenAPI document."""
    options, _ = configured(options)
    with opened(options) as settings:
        client = Client(settings.url, settings.token, connection=Connection(settings.headers, settings.verify_tls))
        try:
            answer = client.send("GET", "/ServiceProviderConfig")
        except NoAnswer as error:
            raise BadInput(f"{settings.url} cannot be reached: {error}", 3) from None
        if answer.status in (401, 403):
            raise BadInput(f"{settings.url} rejects the token ({answer.status})", 3)
        sys.stdout.write(json.dumps(openapi_document(discover(client), settings.url), indent=1) + "\n")
    return 0


def _judge_against(known: dict[str, str], path: Path) -> int:
    new = new_failures(known, list(read_stream(path, "check")))
    for event in new[:20]:
        sys.stdout.write(f"  new since the baseline: {event['verdict']} {event['id']}\n")
    sys.stdout.write(f"  {counted(len(new), 'new failure')} since the baseline   exit {1 if new else 0}\n")
    return 1 if new else 0
