"""The public Python API of the conformance suite: what `from conformance import …` offers.

    from conformance import check

    result = check(url="https://host/scim/v2", token="…", profiles=["rfc", "entra"])
    for failure in result.failures:
        print(failure["id"], failure["message"])

The functions and classes of this module stay compatible within a major version. Everything else in the package may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from conformance.client.front import Stage
from conformance.client.rule import PROFILES as CLIENT_PROFILES
from conformance.client.run import ClientRun, ClientSettings
from conformance.client.situation import situations as known_situations
from conformance.report.formats import FORMATS
from conformance.report.run_events import end_of
from conformance.requirements.profiles import DEFAULT_PROFILES, PROFILES
from conformance.run.collect import BadExpression, NothingSelected
from conformance.run.run_settings import Settings
from conformance.run.suite import PreflightFailed, run_checks
from conformance.settings.bad_input import BadInput
from conformance.settings.target_access import access_to
from reference_server.embedded import ServerDidNotStart, embedded_server
from secrecy.lost_output import OutputLost
from secrecy.private_files import write_private
from secrecy.redaction import redacted
from simulator.stream.events import CheckEvent, CheckResultEvent
from simulator.stream.run_stream import RunStream
from simulator.wording import of_argument

__all__ = ["BadInput", "CheckResult", "check", "check_client"]

Report = Literal["html", "json", "junit", "sarif", "markdown", "badge"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of `check` and `check_client`.

    `events` are the events of the run in order, as docs/stream.md describes them: every request with its response, and every
    check with its verdict.
    """

    events: list[CheckEvent] = field(repr=False)
    errors: list[str] = field(default_factory=list)  # of `check_client`: what the client raised, with its situation

    @property
    def ok(self) -> bool:
        """Whether no check failed or stayed undecided, and everything that the run created is deleted."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """The exit code of `scimulator check`: 0 if `ok`, 1 if not, 2 if nothing was judged, 3 if the preflight failed."""
        return end_of(self.events)["exit_code"]

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        return end_of(self.events)["verdict"]

    @property
    def checks(self) -> list[CheckResultEvent]:
        """Every check, with `id`, `title`, `verdict`, `requirements`, `message`, `expected`, `got`, and `fix`."""
        return [event for event in self.events if event["event"] == "check"]

    @property
    def failures(self) -> list[CheckResultEvent]:
        """The checks with the verdict FAIL."""
        return [event for event in self.checks if event["verdict"] == "FAIL"]

    def write(self, path: Path | str, form: Report = "html") -> None:
        """Write a report. Raises BadInput for an unknown format, and OSError."""
        if form not in FORMATS:
            raise BadInput(f'form: expected one of {", ".join(FORMATS)}; got "{form}"')
        write_private(Path(path), FORMATS[form](self.events))


def check(
    *,
    url: str | None = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    profiles: Sequence[str] = DEFAULT_PROFILES,
    expression: str = "",
    resource_types: Sequence[str] = (),
    level: Literal["must", "should"] = "must",
    fuzz: bool = True,
    crowd: bool | None = None,
    read_only: bool = False,
    parallel: int = 4,
    timeout: float = 30.0,
    seed: int = 4711,
    verify_tls: bool = True,
    stream: Path | str | None = None,
    on_event: Callable[[CheckEvent], None] | None = None,
) -> CheckResult:
    """Check a SCIM server, and return what was found.

    Args:
        url: Base URL of the server under test, such as `https://host/scim/v2`. None checks the embedded reference server.
        token: Bearer token of `url`.
        headers: Headers to send with every request.
        profiles: Names of profiles, as `scimulator explain profiles` lists them.
        expression: pytest expression that selects checks by name, such as `"patch and not bulk"`.
        resource_types: Names of the resource types to check. Empty means all.
        level: Whether only violations of a MUST fail the run, or also those of a SHOULD.
        fuzz: Whether generated requests are sent as well.
        crowd: Whether 1,050 users are created for the checks of large sizes. None decides by the speed of the target.
        read_only: Whether no request that writes is sent.
        parallel: Number of checks that run at the same time.
        timeout: Seconds to wait for each response.
        seed: Seed of generated names, values, and requests.
        verify_tls: Whether the TLS certificate is verified.
        stream: File for the event stream.
        on_event: Called with each event as it happens, possibly from several threads, but never at the same time.

    Raises:
        BadInput: An argument cannot be used, or the stream cannot be written. The attribute `code` is the exit code of the
            command line: 2, or 3 if the target is unreachable, rejects the token, or fails the preflight.
    """
    unknown = [name for name in profiles if name not in PROFILES]
    if unknown:
        raise BadInput(f'profiles: expected some of {", ".join(PROFILES)}; got "{unknown[0]}"')
    settings = Settings(
        url="",
        profiles=tuple(profiles),
        expression=expression,
        level=level,
        seed=seed,
        fuzz=fuzz,
        crowd=crowd,
        timeout_s=timeout,
        verify_tls=verify_tls,
        resource_types=tuple(resource_types),
        read_only=read_only,
        parallel=parallel,
    )
    events: list[CheckEvent] = []
    listeners = (events.append, on_event) if on_event else (events.append,)
    with _opened(settings, url, token, headers or {}) as opened, _written(stream, *listeners) as written:
        try:
            run_checks(opened, written)
        except PreflightFailed as error:
            raise BadInput(str(error), 3) from None
        except (NothingSelected, BadExpression) as error:
            raise BadInput(of_argument(error)) from None
    return CheckResult(events)


def check_client(
    client: Callable[[str, str], object],
    *,
    situations: Sequence[str] = (),
    profiles: Sequence[str] = ("rfc", "cursor"),
    level: Literal["must", "should"] = "must",
    stream: Path | str | None = None,
) -> CheckResult:
    """Judge a SCIM client that runs in this process, and return what was found.

    Args:
        client: Called with the base URL and the token, once in each situation, twice in `steady`, and again after an error.
            An exception counts as an error of the client, and `errors` of the result shows it.
        situations: Names of situations, as `scimulator check-client --list` prints them. Empty means all.
        profiles: Documents whose rules are applied: rfc, cursor, interop, ipsie.
        level: Whether only violations of a MUST fail the run, or also those of a SHOULD.
        stream: File for the event stream.

    Raises:
        BadInput: An argument cannot be used, the stream cannot be written, or the embedded server did not start.
    """
    for argument, names, known in (
        ("situations", situations, tuple(known_situations())),
        ("profiles", profiles, CLIENT_PROFILES),
    ):
        unknown = [name for name in names if name not in known]
        if unknown:
            raise BadInput(f'{argument}: expected some of {", ".join(known)}; got "{unknown[0]}"')

    if not callable(client):
        raise BadInput("client: expected a function that takes the base URL and the token")
    errors: list[str] = []

    def drive(stage: Stage, token: str) -> int:
        try:
            client(stage.base_url, token)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())
            errors.append(redacted(f"{stage.situation.name}: {told[:200]}"))
            return 1
        return 0

    events: list[CheckEvent] = []
    settings = ClientSettings("", tuple(profiles), tuple(situations), level)
    try:
        with embedded_server() as server, _written(stream, events.append) as written:
            ClientRun(settings, written).serve(server, drive)
    except ServerDidNotStart as error:
        raise BadInput(str(error), 3) from None
    return CheckResult(events, errors)


@contextmanager
def _written(path: Path | str | None, *listeners: Callable[[CheckEvent], None]) -> Iterator[RunStream]:
    """The event stream of a run, in a file if there is a path."""
    try:
        stream = RunStream(None if path is None else Path(path), listeners)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    try:
        with stream:
            yield stream
    except OutputLost as lost:
        raise BadInput(str(lost)) from None


@contextmanager
def _opened(settings: Settings, url: str | None, token: str | None, headers: Mapping[str, str]) -> Iterator[Settings]:
    """The settings of a run against `url`, or against an embedded server for as long as the block lasts."""
    if url is not None:
        try:
            access = access_to(url, token, [f"{name}: {value}" for name, value in headers.items()], None, {})
        except BadInput as error:
            raise BadInput(of_argument(error), error.code) from None
        yield replace(settings, url=access.url, token=access.token, headers=access.headers)
        return
    try:
        with embedded_server() as server:
            yield replace(settings, url=server.base_url, token=server.token, embedded=True)
    except ServerDidNotStart as error:
        raise BadInput(str(error), 3) from None
