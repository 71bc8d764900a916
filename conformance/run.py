"""One run of the suite: preflight, discovery, checks, fuzzing, cleaning up; everything goes into the stream."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.client import Client
from conformance.preflight import run_preflight
from conformance.pytest_plugin import CheckPlugin
from conformance.target import Target, discover
from simulator.wire.exchange import Exchange
from simulator.wire.stream import RunStream

CHECKS = Path(__file__).parent / "checks"


@dataclass(frozen=True, slots=True)
class Settings:
    """What to run and against what."""

    url: str
    token: str
    embedded: bool = False
    profiles: tuple[str, ...] = ("rfc", "entra", "okta")
    expression: str = ""
    seed: int = 4711
    fuzz: bool = True
    fuzz_examples: int = 6
    timeout_s: float = 30.0
    verify_tls: bool = True


class PreflightFailed(Exception):
    """The target cannot be checked: exit code 3."""


class NothingSelected(Exception):
    """No check fits the expression: exit code 2, never a green run."""


class BadExpression(Exception):
    """`-k` cannot be understood."""


def run_checks(settings: Settings, stream: RunStream) -> int:
    """Run everything and write the stream; returns the exit code. Raises PreflightFailed, NothingSelected, BadExpression."""
    stream.start(
        "check",
        settings.seed,
        target={"url": settings.url, "embedded": settings.embedded},
        settings={"profiles": list(settings.profiles), "expression": settings.expression, "fuzz": settings.fuzz},
    )
    verdicts: Counter[str] = Counter()
    plugin: CheckPlugin | None = None

    def write(event: dict[str, Any]) -> None:
        if event["event"] == "check":
            verdicts[event["verdict"]] += 1
        stream.write(event)

    def on_exchange(exchange: Exchange) -> None:
        if plugin is not None:
            plugin.exchanges.append(exchange.number)
        stream.write(exchange.to_event())

    client = Client(
        settings.url,
        settings.token,
        listener=on_exchange,
        timeout_s=settings.timeout_s,
        verify_tls=settings.verify_tls,
    )
    _preflight(client, stream)
    target = discover(client)
    plugin = CheckPlugin(client, target, settings.profiles, write)
    try:
        _run_pytest(plugin, settings.expression)
        if plugin.selected == 0:
            raise NothingSelected(f'no check fits "{settings.expression}"; scimulator check --list shows them all')
        if settings.fuzz and not settings.expression:
            _fuzz(settings, client, target, plugin, write)
    finally:
        stream.write({"event": "cleanup", "left": plugin.left})
    code = 1 if verdicts["FAIL"] or verdicts["UNDECIDED"] or plugin.left else 0
    meaningless = _meaningless(client.statuses)
    stream.end(
        _verdict(verdicts, meaningless), 1 if meaningless else code, verdicts=dict(verdicts), left=len(plugin.left)
    )
    return 1 if meaningless else code


def collect_checks(profiles: tuple[str, ...], expression: str) -> list[dict[str, Any]]:
    """The checks that a run would carry out: id, title, requirements. Raises BadExpression."""
    from conformance.pytest_plugin import PROFILE_FOLDERS, facts_of, title_of

    listed: list[dict[str, Any]] = []
    folders = tuple(folder for profile in profiles for folder in PROFILE_FOLDERS[profile])

    class Collector:
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            for item in session.items:
                if item.path.parent.name in folders:
                    place = f"{item.path.parent.name}/{item.path.stem}::{item.name}"
                    listed.append({"id": place, "title": title_of(item), "requirements": list(facts_of(item).ids)})

    _run_pytest(Collector(), expression, "--collect-only")
    return listed


def _preflight(client: Client, stream: RunStream) -> None:
    for probe in run_preflight(client):
        event = {"event": "preflight", "probe": probe.probe, "ok": probe.ok}
        stream.write({**event, "sentence": probe.sentence, "advice": "" if probe.ok else probe.advice})
        if not probe.ok and probe.fatal:
            stream.end(f"Preflight failed: {probe.sentence}.", 3)
            raise PreflightFailed(f"{probe.sentence}. {probe.advice}".strip())


def _run_pytest(plugin: object, expression: str, *options: str) -> None:
    arguments = [str(CHECKS), "-c", str(CHECKS / "pytest.ini"), "--rootdir", str(CHECKS), "-p", "no:cacheprovider"]
    arguments += ["-p", "no:terminal", "-p", "no:schemathesis", "--capture=no", "--import-mode=importlib", *options]
    if expression:
        arguments += ["-k", expression]
    held, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    noise = io.StringIO()
    try:
        with redirect_stdout(noise), redirect_stderr(noise):
            code = pytest.main(arguments, plugins=[plugin])
    finally:
        sys.dont_write_bytecode = held
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code == pytest.ExitCode.USAGE_ERROR:
        lines = noise.getvalue().strip().splitlines()
        raise BadExpression(lines[-1] if lines else f'-k: cannot understand "{expression}"')
    if code == pytest.ExitCode.INTERNAL_ERROR:
        raise RuntimeError(noise.getvalue()[-2000:])


def _fuzz(
    settings: Settings, client: Client, target: Target, plugin: CheckPlugin, write: Callable[[dict[str, Any]], None]
) -> None:
    from conformance.fuzz.run import run_fuzz

    plugin.left += run_fuzz(client, target, seed=settings.seed, examples=settings.fuzz_examples, write=write)


def _meaningless(statuses: dict[int, int]) -> bool:
    """Whether nearly every answer was 401, 403 or 404: then nothing was tested, whatever the checks say."""
    total = sum(statuses.values())
    return total > 10 and sum(statuses.get(code, 0) for code in (401, 403, 404)) > 0.9 * total


def _verdict(verdicts: Counter[str], meaningless: bool) -> str:
    if meaningless:
        return "More than 90 % of the answers were 401, 403 or 404: these results mean nothing."
    total = sum(verdicts.values())
    if verdicts["FAIL"] or verdicts["UNDECIDED"]:
        return f"{verdicts['FAIL']} of {total} checks failed, {verdicts['UNDECIDED']} are undecided."
    return f"No check of {total} failed."
