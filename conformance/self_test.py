"""Tests the suite itself: checks find the defects that name them, every check can fail, and a correct server has no findings.

`scimulator check --self-test` tests everything; `python -m conformance.self_test --help` shows how to test parts.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from typing import Any

from conformance.check_api.crowd import NO_CROWD
from conformance.check_api.session import Plan
from conformance.defects.catalogue import Defect, defects
from conformance.defects.proxy import DefectProxy
from conformance.lawful.trial import lawful_trials, random_trials, tell_trials
from conformance.lawful.variations import variations
from conformance.requirements.profiles import WHOLE_PROFILES
from conformance.requirements.verdict import Verdict
from conformance.run.cleanup import sweep
from conformance.run.collect import Check, collect
from conformance.run.crowd import CrowdMaker
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import embedded_server
from reference_server.lifeline import end_with_pool_owner, process_pool
from scimulator import run_program
from simulator.run.garbage import collect_rarely
from simulator.wording import counted

# The profiles that the reference server must pass. The interoperability profiles contradict the RFC, so no server passes both.
CLEAN = {
    "tolerant": tuple(name for name in WHOLE_PROFILES if name != "interop" and not name.startswith("ipsie")),
    "strict": ("rfc", "cursor"),
}
ALARMS = (Verdict.FAIL, Verdict.UNDECIDED, Verdict.WARN)
# Checks whose warning about the reference server is intended: check function → reason.
TOLERATED = {
    "test_create_needs_schemas": "rfc-readings A-01: several clients omit schemas",
    "test_patch_needs_its_schema": "rfc-readings A-01, as for a create",
    "test_search_without_its_schema_is_refused": "rfc-readings A-01, as for a create",
    "test_create_a_duplicate_group": "the RFC allows two groups with the same name, Microsoft's validator does not",
    "test_authentication_schemes_are_public": "rfc-readings A-18: the discovery endpoints of a tenant require its token",
}
# Checks that never have a verdict about the server: function → reason.
NEVER_JUDGED = {"test_federated_identity_test": "needs a workload identity of Entra"}
EVERYTHING = "*"  # killed_by of a defect that runs with every check that no other defect has killed
RUN_ID = "selftest"


@dataclass(frozen=True, slots=True)
class Kill:
    """The result of a check function under a defect: whether it found the defect, and its verdicts."""

    function: str
    killed: bool
    verdict: str
    message: str = ""


@dataclass(slots=True)
class Matrix:
    """Defect → its kills; mode → the findings about the clean server; errors of the defects themselves."""

    kills: dict[str, list[Kill]] = field(default_factory=dict)
    alarms: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)

    def killed(self) -> set[str]:
        return {kill.function for kills in self.kills.values() for kill in kills if kill.killed}

    def killed_by_name(self, known: dict[str, Defect]) -> set[str]:
        """The killed checks, without those that only the defect of everything kills."""
        named = (kills for name, kills in self.kills.items() if known[name].killed_by != (EVERYTHING,))
        return {kill.function for kills in named for kill in kills if kill.killed}

    def survivors(self, known: dict[str, Defect]) -> list[str]:
        """Defects that one of their named checks did not find."""
        return [
            f"{name}: {kill.function} reported {kill.verdict}: {kill.message[:200]}"
            for name, kills in self.kills.items()
            if known[name].killed_by != (EVERYTHING,)
            for kill in kills
            if not kill.killed
        ]

    def toothless(self) -> list[str]:
        """Checks that no defect has made fail; those that warn of the clean server have shown that they can."""
        return sorted(self.functions - self.killed() - set(TOLERATED) - set(NEVER_JUDGED))


def run_self_test(expression: str = "", *, parallel: int = 2) -> int:
    """Run everything with progress, and print the kill matrix; returns 0 if it is complete."""
    begun, known = time.monotonic(), defects()
    chosen = [defect for defect in known.values() if expression in defect.name]
    if not chosen:
        _say(f'no defect matches "{expression}"; `scimulator defect list` lists all defects')
        return 2
    _say(f"scimulator check --self-test     {counted(len(chosen), 'defect')}, {parallel} at once\n")
    whole = not expression
    matrix = measure(chosen, parallel=parallel, clean=whole)
    return _tell(matrix, known, whole, time.monotonic() - begun)


def measure(chosen: list[Defect], *, parallel: int, clean: bool) -> Matrix:
    """Run the defects in processes that each have their own server; with `clean`, first run the clean server."""
    matrix = Matrix()
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        places: Queue[tuple[str, str]] = context.Queue()
        for _ in range(parallel):
            server = stack.enter_context(embedded_server())
            places.put((server.base_url, server.token))
        pool = stack.enter_context(process_pool(parallel, _begin, (places,)))
        if clean:
            matrix.functions = {check.function for check in collect(WHOLE_PROFILES)}
            for mode in CLEAN:
                matrix.alarms[mode] = clean_alarms(mode)
                _say(f"  clean server, {mode:<9} {counted(len(matrix.alarms[mode]), 'finding')}")
        _run_all([item for item in chosen if item.killed_by != (EVERYTHING,)], (), pool, matrix)
        for item in chosen:
            if item.killed_by == (EVERYTHING,):
                _run_all([item], tuple(matrix.toothless()), pool, matrix)
    return matrix


def clean_alarms(mode: str) -> list[str]:
    """The findings of a mode's profiles about the reference server without a defect; there should be none."""
    found: list[str] = []
    arguments = ["--strict"] if mode == "strict" else []
    with embedded_server(arguments=arguments) as server:
        client, target, checks = _opened(server.base_url, server.token, CLEAN[mode])
        maker = CrowdMaker(client.for_check("crowd"), target, Plan(RUN_ID), budget_s=math.inf)
        plan = Plan(RUN_ID, crowd=maker.make())
        for check in sorted(checks, key=lambda check: not check.crowd):
            if not check.crowd:
                maker.remove()
            event = check_event(check, carry_out(check, client, target, plan))
            for told in (event, *event["remarks"]):
                wanted = told["verdict"] == Verdict.WARN and check.function in TOLERATED
                if told["verdict"] in ALARMS and not wanted:
                    found.append(f"{check.id}: {told['verdict']} {told['message']}")
    return found


# In the process of a worker

_worker: dict[str, Any] = {}


def _begin(places: Queue[tuple[str, str]]) -> None:
    end_with_pool_owner()
    collect_rarely()
    url, token = places.get()
    client, target, checks = _opened(url, token, WHOLE_PROFILES)
    _worker.update(proxy=DefectProxy(url), client=client, target=target, checks=checks, token=token)


def _opened(url: str, token: str, profiles: Iterable[str]) -> tuple[Client, Any, list[Check]]:
    client = Client(url, token)
    target = discover(client)
    return client, target, collect(profiles, target=target)


def kill(name: str, functions: tuple[str, ...]) -> tuple[str, list[Kill], list[str]]:
    """Serve one defect and run these functions against it; without functions, run the ones that it names."""
    defect, proxy = defects()[name], _worker["proxy"]
    proxy.errors.clear()
    client = Client(proxy.add(name, defect.between), _worker["token"], timeout_s=20)
    target = discover(client)
    wanted = functions or defect.killed_by
    maker = CrowdMaker(client.for_check("crowd"), target, Plan(RUN_ID), budget_s=math.inf)
    needed = any(check.crowd for check in _worker["checks"] if check.function in wanted)
    plan = Plan(RUN_ID, crowd=maker.make() if needed else NO_CROWD)
    kills = [_tried(function, defect, client, target, plan) for function in wanted]
    maker.remove()
    sweep(_worker["client"], _worker["target"], RUN_ID)
    return name, kills, [*dict.fromkeys(proxy.errors)][:3]


def _tried(function: str, defect: Defect, client: Client, target: Any, plan: Plan) -> Kill:
    """Run the function's cases one after the other until one finds the defect."""
    cases = [check for check in _worker["checks"] if check.function == function]
    if not cases:
        return Kill(function, False, "no such check")
    seen: dict[str, str] = {}
    for check in cases:
        client.network_faults.silent_in_a_row = 0
        event = check_event(check, carry_out(check, client, target, plan))
        for told in (event, *event["remarks"]):
            seen.setdefault(told["verdict"], told["message"])
        if defect.verdict in seen or Verdict.FAIL in seen:
            verdict = Verdict.FAIL if Verdict.FAIL in seen else defect.verdict
            return Kill(function, True, verdict, seen[verdict])
    return Kill(function, False, "/".join(seen), next(iter(seen.values()), ""))


# In the main process


def _run_all(chosen: list[Defect], functions: tuple[str, ...], pool: ProcessPoolExecutor, matrix: Matrix) -> None:
    futures = [pool.submit(kill, defect.name, functions) for defect in chosen]
    for number, future in enumerate(as_completed(futures), start=1):
        name, kills, errors = future.result()
        matrix.kills[name] = kills
        matrix.errors += errors
        good = all(item.killed for item in kills) and not errors
        if sys.stdout.isatty() and good:
            sys.stdout.write(f"\r\x1b[K  {number} of {len(futures)}  {name[:70]}")
            sys.stdout.flush()


def _tell(matrix: Matrix, known: dict[str, Defect], whole: bool, seconds: float) -> int:
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")
    for name in known:
        if name in matrix.kills and known[name].killed_by != (EVERYTHING,):
            _say("\n".join(_rows(name, matrix.kills[name])))
    survivors = matrix.survivors(known)
    named = sum(1 for name in matrix.kills if known[name].killed_by != (EVERYTHING,))
    dead = named - len({line.partition(":")[0] for line in survivors})
    _say(f"\n  {counted(named, 'defect')}   {dead} killed by the checks they name")
    toothless = matrix.toothless() if whole else []
    if whole:
        able = len(matrix.functions) - len(toothless)
        _say(
            f"  {len(matrix.functions)} checks    {able} can fail, {len(matrix.killed_by_name(known))} by a named defect"
        )
        for mode, alarms in matrix.alarms.items():
            _say(f"  clean, {mode}: {counted(len(alarms), 'finding')}")
    alarms = [line for lines in matrix.alarms.values() for line in lines]
    for title, lines in (
        ("not killed", survivors),
        ("cannot fail", toothless),
        ("finding about the clean server", alarms),
        ("the defect itself failed", matrix.errors),
    ):
        for line in lines:
            _say(f"  ✘ {title}: {line[:300]}")
    code = 1 if survivors or toothless or alarms or matrix.errors else 0
    _say(f"  {seconds:.0f} s   exit {code}")
    return code


def _rows(name: str, kills: list[Kill]) -> Iterator[str]:
    for number, item in enumerate(kills):
        yield f"  {'✔' if item.killed else '✘'} {name if number == 0 else '':<46} {item.function[:70]:<72}{item.verdict}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    parser, known, begun = _parser(), defects(), time.monotonic()
    given = parser.parse_args(words)
    topics = {item.topic for item in known.values()}
    checked = (("defect", given.names, known), ("topic", given.mine, topics), ("variation", given.lawful, variations()))
    for kind, names, there in checked:
        if unknown := [name for name in names or () if name not in there]:
            parser.error(f"there is no {kind} named {', '.join(unknown)}")
    if given.random:
        count, seed = (*given.random, 1)[:2]
        if len(given.random) > 2 or count < 1:
            parser.error("--random expects N, the number of servers, and at most a SEED")
        return tell_trials(random_trials(count, seed), count)
    if given.lawful is not None:
        names = given.lawful or list(variations())
        return tell_trials(lawful_trials(names), len(names))
    chosen = [item for item in known.values() if item.name in given.names or item.topic in (given.mine or [])]
    if not chosen:
        parser.error("name defects, or use --mine, --random, or --lawful; scimulator check --self-test runs everything")
    return _tell(measure(chosen, parallel=1, clean=False), known, False, time.monotonic() - begun)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m conformance.self_test", description="Test parts of the suite.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="Run the checks that must find these defects.")
    for option, count, kind, metavar, help_ in (
        ("--mine", "+", str, "TOPIC", "Run the defects of these topics."),
        ("--random", "+", int, "N", "Check N correct servers with random schemas; a second number is the first seed."),
        ("--lawful", "*", str, "VARIATION", "Check the reference server with these lawful variations [all]."),
    ):
        parser.add_argument(option, nargs=count, type=kind, metavar=metavar, help=help_)
    return parser


if __name__ == "__main__":
    run_program(lambda: main(sys.argv[1:]))
