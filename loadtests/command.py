"""The load command: Locust as a child process, its figures judged by a budget, the end state verified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.budget import BadBudget, Judgement, headroom, judge, load_budget
from loadtests.end_state import Unreadable, compare_end_state, read_target
from loadtests.report import as_html, as_json, console_lines
from loadtests.workload import first_cycle
from reference_server.embedded import ServerDidNotStart, embedded_server
from simulator.wire.stream import RunStream, read_stream

PROGRESS = "progress:"  # how the child marks lines that are for people
LOCUSTFILE = Path(__file__).parent / "locustfile.py"


class Refused(Exception):
    """One clear line and its exit code."""

    def __init__(self, line: str, code: int = 2) -> None:
        super().__init__(line)
        self.code = code


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`."""

    url: str | None
    token: str | None
    users: int
    seed: int
    concurrency: int
    budget: Path | None
    json: Path | None
    html: Path | None
    stream: Path | None


def run_load(options: Options) -> int:
    """Run, verify, judge, write; returns the exit code. Raises Refused."""
    try:
        budget = load_budget(options.budget)
    except BadBudget as error:
        raise Refused(str(error)) from None
    for path in (options.json, options.html, options.stream):
        _check_writable(path)
    print(f"scimulator load initial-cycle     seed {options.seed}     {options.users} people")  # noqa: T201
    with _target(options) as (url, token, embedded), tempfile.TemporaryDirectory(prefix="scimulator-") as folder:
        foreign = _before(url, token)
        result = _run_locust(options, url, token, Path(folder) / "result.json")
        path = options.stream or Path(folder) / "run.jsonl"
        with RunStream(path) as stream:
            target = {"url": url, "embedded": embedded}
            stream.start(
                "load", options.seed, target=target, settings={"scenario": "initial-cycle", "users": options.users}
            )
            code = _judge(options, budget, result, url, token, foreign, stream)
        events = list(read_stream(path))
        for line in console_lines(events):
            print(line)  # noqa: T201
        if options.json:
            options.json.write_text(as_json(events), "utf-8")
        if options.html:
            options.html.write_text(as_html(events), "utf-8")
    return code


def _judge(
    options: Options,
    budget: dict[str, Any],
    result: dict[str, Any],
    url: str,
    token: str,
    foreign: frozenset[str],
    stream: RunStream,
) -> int:
    seconds = max(float(result["seconds"]), 0.001)
    for item in sorted(result["operations"], key=lambda item: item["name"]):
        stream.write({"event": "operation", **item, "per_second": round(item["count"] / seconds, 1)})
    for name, count in result["errors"].items():
        stream.write({"event": "error", "name": name, "count": count})
    judged: list[Judgement] = judge(budget, result["operations"], seconds)
    for judgement in judged:
        stream.write({"event": "budget", **asdict(judgement)})
    work = first_cycle(options.seed, options.users)
    work.user_ids.update({int(index): target for index, target in result["user_ids"].items()})
    work.group_ids.update({int(number): target for number, target in result["group_ids"].items()})
    try:
        users, groups = read_target(url, token, "/Users"), read_target(url, token, "/Groups")
        found = [difference.to_json() for difference in compare_end_state(work, users, groups, foreign)]
    except Unreadable as error:
        users, groups = [], []
        found = [{"kind": "unreadable", "person": "", "attribute": "", "expected": "a list", "found": str(error)}]
    ok = result["finished"] and not found
    counts = {"people": len(users), "groups": len(groups)}
    stream.write({"event": "verified", "cycle": 1, "at": "", "converged": ok, **counts, "differences": found[:100]})
    total = sum(item["count"] for item in result["operations"])
    missed = [judgement for judgement in judged if not judgement.ok]
    code = 0 if ok and not missed and total else 2 if not total else 1
    verdict = "The end state is what it must be" if ok else f"The end state is wrong in {len(found)} places"
    verdict += f", {len(missed)} of {len(judged)} limits missed." if missed else ", and the budget holds."
    stream.end(
        verdict,
        code,
        requests=total,
        seconds=round(seconds, 2),
        requests_per_second=round(total / seconds, 1),
        users_per_second=round(options.users / seconds, 1),
        pace=headroom(total / seconds, options.users, seconds),
    )
    return code


def _run_locust(options: Options, url: str, token: str, result: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--host", url]
    command += [
        "-u",
        str(options.concurrency),
        "-r",
        str(options.concurrency),
        "--only-summary",
        "--loglevel",
        "CRITICAL",
    ]
    command += ["--people", str(options.users), "--seed", str(options.seed), "--result", str(result)]
    child = subprocess.Popen(
        command,
        env={**os.environ, "SCIM_TOKEN": token, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith(PROGRESS):  # the rest is Locust's own table, which we print in our words
                print(line.removeprefix(PROGRESS).rstrip(), flush=True)  # noqa: T201
        child.wait()
    except BaseException:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        raise
    if not result.exists():
        raise Refused(f"Locust ended with {child.returncode} and left no figures")
    parsed: dict[str, Any] = json.loads(result.read_text())
    return parsed


def _before(url: str, token: str) -> frozenset[str]:
    """What is there before; the first request tells whether the target can be used at all."""
    try:
        return frozenset(str(r.get("id")) for end in ("/Users", "/Groups") for r in read_target(url, token, end))
    except Unreadable as error:
        told = "refuses the token" if " 401" in str(error) or " 403" in str(error) else f"cannot be used: {error}"
        raise Refused(f"{url} {told}", 3) from None


@contextmanager
def _target(options: Options) -> Iterator[tuple[str, str, bool]]:
    if options.url is None:
        try:
            with embedded_server() as server:
                yield server.base_url, server.token, True
        except ServerDidNotStart as error:
            raise Refused(str(error), 3) from None
        return
    parts = urlsplit(options.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused(f'--url: expected http://host/path or https://host/path, got "{options.url}"')
    if not options.token:
        raise Refused("--token: a target needs its bearer token (or SCIM_TOKEN in the environment)")
    yield options.url.rstrip("/"), options.token, False


def _check_writable(path: Path | None) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
