"""Carries out `check-client`: lets the client work in each situation, or reads a recording, and writes the reports."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from conformance.client.front import Front, Stage
from conformance.client.place import Place
from conformance.client.rule import DEFAULT_PROFILES, PROFILES, rules
from conformance.client.run import ClientRun, ClientSettings
from conformance.client.situation import situations
from conformance.commands.output_files import check_writable, fullest_report, write_outputs
from conformance.report.console import ConsoleReport
from conformance.report.saved_runs import read_run
from conformance.settings.bad_input import BadInput
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import ServerDidNotStart, embedded_server
from reference_server.lifeline import start_guarded
from secrecy.temporary import temporary_folder
from simulator.stream.run_stream import RunStream, stream_place
from simulator.tape.tape import UnreadableTape, read_tape

KILLED = 124  # the exit code of a command that did not end in time, as timeout(1) has it

# What TLS libraries read the trusted issuers from: OpenSSL, requests, curl, and Node.js.
TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True)
class ClientOptions:
    """The options of the command line."""

    command: tuple[str, ...] = ()
    tape: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    timeout_s: float = 120.0
    profiles: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
    level: str = "must"
    outputs: Mapping[str, Path | None] = field(default_factory=dict)
    stream: Path | None = None


def run_command(options: ClientOptions) -> int:
    """Judge the client, and write the output files; raises BadInput."""
    settings = _settings(options)
    if options.tape is not None:
        _reject_what_needs_a_client(options)
    for path in (*options.outputs.values(), options.stream):
        check_writable(path)
    with temporary_folder() as folder, stream_place(options.stream) as place:
        console = ConsoleReport(report=fullest_report(options.outputs))
        with RunStream(place, (console,)) as stream:
            code = _judge(options, settings, ClientRun(settings, stream), folder)
        if any(options.outputs.values()):
            write_outputs(read_run(place.file), options.outputs)
    return code


def _judge(options: ClientOptions, settings: ClientSettings, run: ClientRun, folder: Path) -> int:
    try:
        with embedded_server() as server:
            if options.tape is not None:
                base_url, exchanges = read_tape(options.tape)
                return run.read(base_url, list(exchanges), discover(Client(server.base_url, server.token)))
            drive = _Command(options.command, options.timeout_s, folder / "client.log")
            return run.serve(server, drive, announce=None if options.command else _announce)
    except UnreadableTape as error:
        raise BadInput(f"--tape: {error}") from None
    except ServerDidNotStart as error:
        raise BadInput(str(error), 3) from None
    except OSError as error:
        place = f"--host {settings.place.host} --port {settings.place.port}"
        raise BadInput(f"{place}: {error.strerror or error}") from None


def _reject_what_needs_a_client(options: ClientOptions) -> None:
    """Reject options that have no effect on a recording."""
    if options.command:
        raise BadInput("--tape: a recording is judged without a command")
    chosen = ["--situation"] if options.situations else list(_serving(options))
    if chosen:
        raise BadInput(f"--tape: a recording is judged without {chosen[0]}, which needs a running client")


def _serving(options: ClientOptions) -> dict[str, str]:
    """The options about how the situations are served, with their values, where they differ from the defaults."""
    usual, found = ClientOptions(), {}
    for option, value, default in (
        ("--host", options.host, usual.host),
        ("--port", options.port, usual.port),
        ("--public-url", options.public_url, usual.public_url),
        ("--timeout", options.timeout_s, usual.timeout_s),
    ):
        if value != default:
            found[option] = f"{value:g}" if isinstance(value, float) else str(value)
    return found


def _settings(options: ClientOptions) -> ClientSettings:
    for name in options.situations:
        _must_be_known("--situation", name, list(situations()))
    for name in options.profiles:
        _must_be_known("--profile", name, PROFILES)
    place = Place(options.host, options.port, _origin(options.public_url))
    return ClientSettings(
        _end_of_the_command(options), options.profiles or DEFAULT_PROFILES, options.situations, options.level, place
    )


def _end_of_the_command(options: ClientOptions) -> str:
    """What a command that repeats this run must end with."""
    words = ["--tape", str(options.tape)] if options.tape is not None else []
    words += [word for pair in _serving(options).items() for word in pair]
    return shlex.join([*words, "--", *options.command] if options.command else words)


def _origin(text: str | None) -> str:
    """The scheme, host, and port of a URL that has no other part."""
    if text is None:
        return ""
    with suppress(ValueError):
        parts = urlsplit(text)
        is_plain = parts.path in ("", "/") and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and is_plain and text.isprintable():
            return f"{parts.scheme}://{parts.netloc}"
    wanted = "expected a URL with only scheme, host, and port, like https://scim.example:8443"
    raise BadInput(f'--public-url: {wanted}, got "{text[:100]}"')


def _must_be_known(option: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(known)}"
        raise BadInput(f'{option}: got "{name}"; {hint}')


class _Command:
    """Starts the client's command for a situation, and waits for its end."""

    def __init__(self, command: Sequence[str], timeout_s: float, log: Path) -> None:
        self._command, self._timeout_s, self._log = list(command), timeout_s, log

    def __call__(self, stage: Stage, token: str) -> int | None:
        name = stage.situation.name
        environment = {**os.environ, "SCIM_URL": stage.base_url, "SCIM_TOKEN": token, "SCIM_SITUATION": name}
        environment |= dict.fromkeys(TRUST, str(stage.issuer)) if stage.issuer else {}
        with self._log.open("wb") as log:
            try:
                process = start_guarded(self._command, env=environment, stdout=log, stderr=log)
            except OSError as error:
                raise BadInput(f"{self._command[0]}: {error.strerror or error}") from None
            with process:
                try:
                    code = process.wait(self._timeout_s)
                except subprocess.TimeoutExpired:
                    code = KILLED
                finally:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        if code:
            self._tell(name, code)
        return code

    def _tell(self, name: str, code: int) -> None:
        """Show the last line of a command that failed; it often explains a verdict."""
        ended = f"did not end within {self._timeout_s:g} s" if code == KILLED else f"ended with exit code {code}"
        last = (self._log.read_text(errors="replace").strip().splitlines() or [""])[-1]
        sys.stderr.write(f"  {name}: the client {ended}{f': {last[:160]}' if last else ''}\n")


def _announce(front: Front) -> Callable[[], None]:
    """Print the URLs of the situations; the returned function waits until KeyboardInterrupt."""
    sys.stdout.write(f"  token  {front.token}\n")
    for name, stage in front.stages.items():
        trusted = f"  (let the client trust {stage.issuer})" if stage.issuer else ""
        sys.stdout.write(f"  {name:<30} {stage.base_url}{trusted}\n")
    sys.stdout.write("  Run your client against these URLs, steady first, then press Ctrl-C.\n\n")
    sys.stdout.flush()
    return _wait_for_ctrl_c


def _wait_for_ctrl_c() -> None:
    while True:
        time.sleep(3600)


def list_rules() -> int:
    """Print every situation and every rule."""
    for situation in situations().values():
        sys.stdout.write(f"{situation.name:<30} {situation.title}\n")
    for rule in rules().values():
        sys.stdout.write(f"{rule.name:<40} {rule.title}\n")
    sys.stdout.write(f"{len(situations())} situations, {len(rules())} rules\n")
    return 0
