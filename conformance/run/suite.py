"""One run of the suite: preflight, discovery, checks in threads, fuzzing, and clean-up. Every event goes into the stream."""

from __future__ import annotations

import importlib
import math
import secrets
import threading
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace

from conformance.check_api.session import Plan
from conformance.requirements.profiles import PROFILES
from conformance.requirements.verdict import Verdict, and_warnings, counted_as_failures
from conformance.run.cleanup import remaining, sweep
from conformance.run.collect import Check, NothingSelected, collect, selects
from conformance.run.company import Company
from conformance.run.crowd import CrowdMaker
from conformance.run.first_resources import first_resources
from conformance.run.judge import Outcome, carry_out, check_event, gone
from conformance.run.preflight import Probe, is_meaningless, run_preflight
from conformance.run.run_settings import Settings
from conformance.run.strangers import MANY, Strangers
from conformance.run.threads import work_off
from conformance.target.client import Client, Connection
from conformance.target.discovery import Target, discover
from simulator.stream.events import (
    CheckCleanupEvent,
    CheckEndEvent,
    CheckEvent,
    CheckResultEvent,
    CheckSummary,
    NetworkFaultsEvent,
    PlanEvent,
    ProvisionalEvent,
)
from simulator.stream.run_stream import RunStream
from simulator.wire.exchange import Exchange
from simulator.wording import counted

MOST_RECORDED = 1024 * 1024  # bytes of a response in the stream, because reports hold the whole stream in memory


class PreflightFailed(Exception):
    """The target cannot be tested: exit code 3."""


def run_checks(settings: Settings, stream: RunStream) -> int:
    """Run everything and write the stream; returns the exit code.

    Raises PreflightFailed, collect.NothingSelected, collect.BadExpression; KeyboardInterrupt after cleaning up.
    """
    run = _Run(settings, stream)
    run.start()
    return run.judge_all()


class _Run:
    """The state of a run: its stream behind a lock, its verdicts, and the resources that could not be removed."""

    def __init__(self, settings: Settings, stream: RunStream) -> None:
        self._settings = settings
        self._stream = stream
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._verdicts: Counter[str] = Counter()
        self._left: list[str] = []
        self._passed: list[Check] = []  # while other checks ran
        self._vanished: list[tuple[Check, Outcome]] = []  # failed while other checks ran, and not alone
        self._unverified: list[str] = []
        self._target = Target()
        self._of_profiles: dict[str, int] = {}  # profile → number of its checks that tested anything
        self._plan = Plan(secrets.token_hex(4), settings.seed, settings.examples)
        self._client = Client(
            settings.url,
            settings.token,
            listener=self._on_exchange,
            timeout_s=settings.timeout_s,
            read_only=settings.read_only,
            connection=Connection(settings.headers, settings.verify_tls, settings.parallel + 1, settings.renew),
        )

    def start(self) -> None:
        """Header and preflight."""
        self._write(self._settings.to_event())
        for probe in run_preflight(self._client):
            self._go_on_after(probe)
        self._target = discover(self._client, self._settings.resource_types)
        self._strangers = Strangers(self._client, self._target, self._plan)
        for probe in first_resources(self._client, self._target, self._plan):
            self._go_on_after(probe)

    def _go_on_after(self, probe: Probe) -> None:
        self._write(probe.to_event())
        if not probe.ok and probe.fatal:
            self._end(f"Preflight failed: {probe.sentence}.", 3, CheckSummary())
            raise PreflightFailed(f"{probe.sentence}. {probe.advice}".strip())

    def judge_all(self) -> int:
        """Carry out every check, then fuzzing; remove what is left and write the footer. Returns the exit code."""
        target = self._target
        checks = collect(self._settings.profiles, self._settings.expression, target=target)
        if self._settings.only is not None:
            checks = [check for check in checks if check.id in self._settings.only]
        fuzzes = self._settings.fuzz and (not self._settings.expression or "fuzz" in self._settings.expression)
        if not checks and not fuzzes:
            raise NothingSelected(self._settings.expression)
        self._write(PlanEvent(event="plan", checks=len(checks)))
        interrupted = False
        try:
            if fuzzes:
                importlib.import_module("conformance.fuzz.engine").prepare()  # a run that ends early does not load it
            with self._strangers if len(checks) >= MANY else nullcontext():
                self._carry_out([check for check in checks if not check.crowd], target)
                if fuzzes:
                    work_off([target], self._fuzz, self._stopped, 1)
                self._carry_out_with_crowd([check for check in checks if check.crowd], target)
        except KeyboardInterrupt:
            self._stopped.set()
            interrupted = True
        cleaner = self._client.for_check("cleanup")
        remains = sweep(cleaner, target, self._plan.run_id)
        self._unverified = remains.unverified
        left = remaining(cleaner, dict.fromkeys([*self._left, *self._strangers.left]))
        self._left = list(dict.fromkeys([*left, *remains.left]))
        if not (checks or interrupted or self._verdicts):  # fuzzing has no check of this name
            raise NothingSelected(self._settings.expression)
        code = self._finish(interrupted)
        if interrupted:
            raise KeyboardInterrupt
        return code

    def _carry_out_with_crowd(self, checks: list[Check], target: Target) -> None:
        """Make the crowd, carry out the checks that need it, and remove it."""
        if not checks or self._client.network_faults.gone:
            for check in checks:
                self._judged(gone(check), [])
            return
        settings = self._settings
        maker = CrowdMaker(
            self._client.for_check("crowd"),
            target,
            self._plan,
            settings.parallel,
            math.inf if settings.crowd else settings.crowd_budget_s,
            self._write,
        )
        try:
            absent = "--read-only" if settings.read_only else "--no-crowd" if settings.crowd is False else ""
            self._plan = replace(self._plan, crowd=maker.make(absent))
            self._carry_out(checks, target)
        finally:
            self._left += maker.remove()

    def _carry_out(self, checks: list[Check], target: Target) -> None:
        """Run the checks that use only their own resources in threads, and then the others and all that failed one by one."""
        doubtful: dict[int, tuple[Outcome, Verdict]] = {}
        beside = [check for check in checks if not check.alone] if self._settings.parallel > 1 else []

        def judge(check: Check) -> None:
            if self._stopped.is_set():
                return
            outcome = carry_out(check, self._client, target, self._plan)
            verdict = outcome.verdict(check)
            if verdict in (Verdict.FAIL, Verdict.WARN, Verdict.UNDECIDED) and not self._client.network_faults.gone:
                doubtful[id(check)] = outcome, verdict
                result = self._settings.waive(check_event(check, outcome))
                self._write(ProvisionalEvent(event="provisional", check=result))
            else:
                if verdict is Verdict.PASS:
                    self._passed.append(check)
                self._judged(check_event(check, outcome), outcome.left)

        work_off(beside, judge, self._stopped, self._settings.parallel)
        again = [check for check in checks if check.alone or id(check) in doubtful or not beside]

        def judge_again(check: Check) -> None:
            self._judge_alone(check, target, *doubtful.get(id(check), (None, None)))

        work_off(again, judge_again, self._stopped, 1)
        self._judge_in_company(target)

    def _judge_alone(self, check: Check, target: Target, earlier: Outcome | None, before: Verdict | None) -> None:
        if self._stopped.is_set():
            return
        if self._client.network_faults.gone:
            self._judged(gone(check), earlier.left if earlier else [])
            return
        outcome = carry_out(check, self._client, target, self._plan, earlier)
        if before is Verdict.FAIL and outcome.verdict(check) is not Verdict.FAIL:
            self._vanished.append((check, outcome))
            return
        self._judged(check_event(check, outcome), outcome.left)

    def _judge_in_company(self, target: Target) -> None:
        """Run checks that failed and then did not fail alone again, while other resources and requests exist."""
        vanished, self._vanished = self._vanished, []
        if not vanished:
            return
        company = Company(self._client, target, self._plan, self._passed, self._settings.parallel - 1)
        with self._strangers:
            for check, outcome in vanished:
                self._judged(check_event(check, company.judge(check, outcome)), outcome.left)
        self._left += company.left

    def _judged(self, event: CheckResultEvent, left: list[str]) -> None:
        self._left += left
        self._write(self._settings.waive(event))

    def _fuzz(self, target: Target) -> None:
        from conformance.fuzz.run import FuzzOptions, run_fuzz

        settings = self._settings
        if not self._client.network_faults.gone:
            run_fuzz(
                self._client.for_check("fuzz"),
                target,
                FuzzOptions(settings.seed, settings.fuzz_examples, self._selects, self._stopped.is_set),
                write=lambda event: self._write(settings.waive(event)),
                left=self._left,
            )

    def _selects(self, name: str) -> bool:
        """Whether to carry out the fuzzing check of this name."""
        chosen = self._settings.only is None or f"fuzz::{name}" in self._settings.only
        return chosen and (not self._settings.expression or selects(self._settings.expression, "fuzz", name))

    def _finish(self, interrupted: bool) -> int:
        faults, verdicts = self._client.network_faults, self._verdicts
        self._write(
            NetworkFaultsEvent(
                event="network_faults", throttled=faults.throttled, retried=faults.retried, no_answers=faults.no_answers
            )
        )
        self._write(CheckCleanupEvent(event="cleanup", left=sorted(set(self._left)), unverified=self._unverified))
        warned = verdicts["WARN"] if self._settings.level == "should" else 0
        code = 1 if verdicts["FAIL"] + verdicts["UNDECIDED"] + warned or self._left else 0
        if interrupted:
            code = 130
        elif is_meaningless(faults.statuses):
            code = 1
        elif not sum(verdicts.values()) - verdicts["NOT OFFERED"] or (code == 0 and self._needs_more()):
            code = 2
        left = f" {counted(len(self._left), 'resource')} could not be removed from the target." if self._left else ""
        self._end(
            self._verdict(interrupted, warned) + left, code, CheckSummary(verdicts=dict(verdicts), left=len(self._left))
        )
        return code

    def _needs_more(self) -> str:
        """The provider profiles of a complete run for which the target supports nothing at all."""
        if self._settings.expression or self._settings.only is not None or self._settings.read_only:
            return ""
        names = [name for name in self._settings.profiles if PROFILES[name].client and not self._of_profiles.get(name)]
        return ", ".join(names)

    def _end(self, verdict: str, exit_code: int, summary: CheckSummary) -> None:
        summary["wall_seconds"] = round(time.monotonic() - self._began, 3)
        self._write(CheckEndEvent(event="end", verdict=verdict, exit_code=exit_code, summary=summary))

    def _verdict(self, interrupted: bool, warned: int) -> str:
        verdicts, total = self._verdicts, sum(self._verdicts.values())
        if interrupted:
            return f"Interrupted after {counted(total, 'check')}."
        if is_meaningless(self._client.network_faults.statuses):
            return (
                "More than 90% of the responses were 401, 403, or 404, so the results are meaningless. "
                "Check the URL and the token."
            )
        if total == verdicts["NOT OFFERED"]:
            return "The target supports none of the selected features, so nothing was tested."
        if verdicts["FAIL"] or verdicts["UNDECIDED"]:
            undecided = counted(verdicts["UNDECIDED"], "is", "are")
            return f"{verdicts['FAIL']} of {total} checks failed, {undecided} undecided{and_warnings(warned)}."
        if warned:
            return f"{warned} of {counted(total, 'check')} {counted_as_failures(warned)}."
        if lacking := self._needs_more():
            return f"The target supports none of the features that {lacking} needs, so nothing was tested for it."
        return f"No failure in {counted(total, 'check')}."

    def _on_exchange(self, exchange: Exchange) -> None:
        if len(exchange.response_body) > MOST_RECORDED:
            exchange = replace(exchange, response_body=exchange.response_body[:MOST_RECORDED])
        self._write(exchange.to_event())

    def _write(self, event: CheckEvent) -> None:
        with self._lock:
            if event["event"] == "check":
                self._verdicts[event["verdict"]] += 1
                judged = event["verdict"] != "NOT OFFERED" and not event["id"].startswith("fuzz::")
                self._of_profiles[event["profile"]] = self._of_profiles.get(event["profile"], 0) + judged
            self._stream.write(event)
