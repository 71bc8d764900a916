"""What the commands do: a target, a run, its files; every mistake as one line with its exit code."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from conformance.client import Client, NoAnswer
from conformance.fuzz.openapi import openapi_document
from conformance.report.console import ConsoleReport
from conformance.report.files import FORMATS
from conformance.run import BadExpression, NothingSelected, PreflightFailed, Settings, collect_checks, run_checks
from conformance.target import discover
from reference_server.embedded import ServerDidNotStart, embedded_server
from simulator.wire.stream import RunStream, UnreadableStream, read_stream

PROFILES = ("rfc", "entra", "okta", "entra-validator")


class BadInput(Exception):
    """One clear line and its exit code."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `check`."""

    url: str | None
    token: str | None
    profiles: tuple[str, ...]
    expression: str
    outputs: dict[str, Path | None]
    stream: Path | None
    seed: int
    fuzz: bool
    verify_tls: bool
    brief: bool


def run_command(options: Options) -> int:
    """Run the suite and write what was asked for; raises BadInput."""
    _check_profiles(options)
    for path in (*options.outputs.values(), options.stream):
        _check_writable(path)
    console = ConsoleReport(brief=options.brief)
    with _target(options) as (url, token, embedded), tempfile.TemporaryDirectory(prefix="scimulator-") as folder:
        path = options.stream or Path(folder) / "run.jsonl"
        settings = Settings(
            url=url,
            token=token,
            embedded=embedded,
            profiles=options.profiles,
            expression=options.expression,
            seed=options.seed,
            fuzz=options.fuzz,
            verify_tls=options.verify_tls,
        )
        try:
            with RunStream(path, (console,)) as stream:
                code = run_checks(settings, stream)
        except PreflightFailed as error:
            raise BadInput(str(error), 3) from None
        except (NothingSelected, BadExpression) as error:
            raise BadInput(str(error), 2) from None
        _write_files(path, options.outputs)
    return code


def list_checks(options: Options) -> int:
    """Print every check that would run; 2 when none would."""
    _check_profiles(options)
    try:
        listed = collect_checks(options.profiles, options.expression)
    except BadExpression as error:
        raise BadInput(str(error)) from None
    for check in listed:
        sys.stdout.write(f"{check['id']:<88}{check['requirements'][0]}\n")
    sys.stdout.write(f"{len(listed)} checks\n")
    return 0 if listed else 2


def print_openapi(options: Options) -> int:
    """Print the target's OpenAPI document."""
    with _target(options) as (url, token, _):
        client = Client(url, token, verify_tls=options.verify_tls)
        try:
            answer = client.send("GET", "/ServiceProviderConfig")
        except NoAnswer as error:
            raise BadInput(f"{url} cannot be reached: {error}", 3) from None
        if answer.status in (401, 403):
            raise BadInput(f"{url} refuses the token ({answer.status})", 3)
        sys.stdout.write(json.dumps(openapi_document(discover(client), url), indent=1) + "\n")
    return 0


def report_again(run: Path, outputs: dict[str, Path | None]) -> int:
    """Console and files from an earlier run's stream; returns that run's exit code."""
    try:
        events = list(read_stream(run))
    except UnreadableStream as error:
        raise BadInput(str(error)) from None
    console = ConsoleReport()
    for event in events:
        console(event)
    _write_files(run, outputs)
    return int(events[-1]["exit_code"])


def _write_files(stream: Path, outputs: dict[str, Path | None]) -> None:
    events = list(read_stream(stream))
    for name, path in outputs.items():
        if path is not None:
            _check_writable(path)
            path.write_text(FORMATS[name](events), "utf-8")


@contextmanager
def _target(options: Options) -> Iterator[tuple[str, str, bool]]:
    if options.url is None:
        try:
            with embedded_server() as server:
                yield server.base_url, server.token, True
        except ServerDidNotStart as error:
            raise BadInput(str(error), 3) from None
        return
    parts = urlsplit(options.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput(f'--url: expected http://host/path or https://host/path, got "{options.url}"')
    if not options.token:
        raise BadInput("--token: a target needs its bearer token (or SCIM_TOKEN in the environment)")
    yield options.url.rstrip("/"), options.token, False


def _check_profiles(options: Options) -> None:
    for profile in options.profiles:
        if profile not in PROFILES:
            raise BadInput(f'--profile: expected one of {", ".join(PROFILES)}; got "{profile}"')


def _check_writable(path: Path | None) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
