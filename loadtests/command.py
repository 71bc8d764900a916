"""The load command: provision, read back, judge, clean up; one stream, and every output is a reader of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests.budget import BadBudget, headroom, judge, load_budget
from loadtests.cleanup import remove
from loadtests.end_state import Unreadable, compare_end_state, read_target
from loadtests.generator import GeneratorFailed, Interrupted, Result, run_locust
from loadtests.report import as_html, as_json, console_lines
from loadtests.target import Refused, Target, check_url, open_target
from loadtests.workload import first_cycle
from simulator.wire.stream import RunStream, read_stream

SCENARIOS = ("initial-cycle",)
MOST_LISTED = 100  # differences in the stream; their number is told in full


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`."""

    url: str | None = None
    token: str | None = None
    users: int = 50_000
    scenario: str = SCENARIOS[0]
    seed: int = 4711
    concurrency: int = 8
    budget: str | None = None
    cleanup: bool = False
    json: Path | None = None
    html: Path | None = None
    stream: Path | None = None


def run_load(options: Options, tell: Callable[[str], None]) -> int:
    """Run, verify, judge, write; `tell` gets the lines for people. Returns the exit code; raises Refused, KeyboardInterrupt."""
    budget = _checked(options)
    tell(f"scimulator load {options.scenario}     seed {options.seed}     {options.users} people")
    with tempfile.TemporaryDirectory(prefix="scimulator-") as folder:
        path = options.stream or Path(folder) / "run.jsonl"
        with open_target(options.url, options.token, tell) as target, RunStream(path) as stream:
            settings = {"scenario": options.scenario, "users": options.users, "concurrency": options.concurrency}
            facts = {"url": target.url, "embedded": target.embedded}
            stream.start("load", options.seed, target=facts, settings=settings)
            _run(options, budget, target, Path(folder) / "result.json", stream, tell)
        events = list(read_stream(path))
        for line in console_lines(events):
            tell(line)
        for output, form in ((options.json, as_json), (options.html, as_html)):
            if output is not None:
                output.write_text(form(events), "utf-8")
    return int(events[-1]["exit_code"])


def _checked(options: Options) -> dict[str, Any]:
    """The budget, once everything that was asked for can be done; raises Refused."""
    if options.scenario not in SCENARIOS:
        raise Refused(f'--scenario: expected {", ".join(SCENARIOS)}, got "{options.scenario}"')
    if options.url is not None:
        check_url(options.url, options.token)
    try:
        budget = load_budget(options.budget)
    except BadBudget as error:
        raise Refused(f"--budget: {error}") from None
    for path in (options.json, options.html, options.stream):
        if path is not None:
            _check_writable(path)
    return budget


def _run(
    options: Options,
    budget: dict[str, Any],
    target: Target,
    path: Path,
    stream: RunStream,
    tell: Callable[[str], None],
) -> None:
    """Everything between header and footer, both for a run that ends and for one that is interrupted."""
    result: Result | None = None
    try:
        sizes = {"users": options.users, "seed": options.seed, "concurrency": options.concurrency}
        result = run_locust(target.url, target.token, path, **sizes, tell=tell)
        missed = _write_figures(budget, result, stream)
        wrong = _verify(options, target, result, stream, tell)
        left = _clean_up(target, result, stream, tell) if options.cleanup else []
    except GeneratorFailed as error:
        raise Refused(str(error), 1) from None
    except KeyboardInterrupt as error:
        done = error.result if isinstance(error, Interrupted) else result
        _tell_what_stays(options, target, done, stream, tell)
        raise
    code = 2 if not result.requests else 1 if wrong or missed or left or not result.finished else 0
    verdict = _verdict(result, wrong, missed, len(left))
    stream.end(verdict, code, **_summary(options, result, wrong))


def _write_figures(budget: dict[str, Any], result: Result, stream: RunStream) -> list[str]:
    """Operations, errors and budget into the stream; returns the limits that were missed."""
    seconds = max(result.seconds, 0.001)
    for item in sorted(result.operations, key=lambda item: str(item["name"])):
        stream.write({"event": "operation", **item, "per_second": round(item["count"] / seconds, 1)})
    for name, count in sorted(result.errors.items(), key=lambda pair: (-pair[1], pair[0])):
        stream.write({"event": "error", "name": name, "count": count})
    judged = judge(budget, result.operations, seconds, len(result.user_ids))
    for judgement in judged:
        stream.write({"event": "budget", **asdict(judgement)})
    return [judgement.name for judgement in judged if not judgement.ok]


def _verify(options: Options, target: Target, result: Result, stream: RunStream, tell: Callable[[str], None]) -> int:
    """The end state into the stream; returns in how many places it is wrong."""
    work = first_cycle(options.seed, options.users)
    work.user_ids.update(result.user_ids)
    work.group_ids.update(result.group_ids)
    users: list[dict[str, Any]] = []
    groups: list[dict[str, Any]] = []
    try:
        users, groups = read_target(target, "/Users", tell), read_target(target, "/Groups", tell)
        found = [difference.to_json() for difference in compare_end_state(work, users, groups, target.foreign)]
    except Unreadable as error:
        found = [{"kind": "unreadable", "person": "", "attribute": "", "expected": "a list", "found": str(error)}]
    read = {"people": len(users), "groups": len(groups), "total": len(found)}
    stream.write({"event": "verified", "cycle": 1, "converged": not found, **read, "differences": found[:MOST_LISTED]})
    return len(found)


def _clean_up(target: Target, result: Result, stream: RunStream, tell: Callable[[str], None]) -> list[str]:
    tell(f"  removing {len(result.made)} resources that this run created")
    left = remove(target.url, target.token, result.made, tell)
    removed = len(result.made) - len(left)
    stream.write({"event": "cleanup", "removed": removed, "total": len(left), "left": left[:MOST_LISTED]})
    return left


def _tell_what_stays(
    options: Options, target: Target, result: Result | None, stream: RunStream, tell: Callable[[str], None]
) -> None:
    """After Ctrl-C: a target of somebody's is left either clean, or with a word on what is in it."""
    if target.embedded or result is None or not result.made:
        return
    if not options.cleanup:
        tell(f"  {len(result.made)} resources stay at {target.url}: the same command goes on where this one stopped")
        return
    with suppress(KeyboardInterrupt):  # a second Ctrl-C ends this too
        left = _clean_up(target, result, stream, tell)
        tell(f"  {len(left)} resources are left at {target.url}")


def _verdict(result: Result, wrong: int, missed: list[str], left: int) -> str:
    """One sentence: the worst first."""
    parts = []
    if result.gave_up:
        parts.append(f"the target stopped answering after {result.requests:,} requests")
    if wrong:
        parts.append(f"the end state is wrong in {wrong:,} {'place' if wrong == 1 else 'places'}")
    if missed:
        parts.append(f"{len(missed)} {'limit' if len(missed) == 1 else 'limits'} of the budget missed")
    if left:
        parts.append(f"{left:,} resources could not be removed")
    told = ", ".join(parts) or "the end state is what it must be, and the budget holds"
    return f"{told[0].upper()}{told[1:]}."


def _summary(options: Options, result: Result, wrong: int) -> dict[str, Any]:
    seconds = max(result.seconds, 0.001)
    rate = result.requests / seconds
    return {
        "requests": result.requests,
        "seconds": round(result.seconds, 2),
        "requests_per_second": round(rate, 1),
        "users_per_second": round(len(result.user_ids) / seconds, 1),
        "pace": headroom(rate, len(result.user_ids), seconds),
        "differences": wrong,
        "throttled": result.throttled,
        "generator_share": round(result.generator_share, 2),
        "generator_was_the_limit": result.saturated,
    }


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
