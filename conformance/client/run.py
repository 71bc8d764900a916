"""One run of the judge: serves the situations, lets the client work, and writes what it found into the stream."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from conformance.client.front import Front, Stage
from conformance.client.journey import Journey
from conformance.client.judge import PEOPLE, judged_rules, judged_situation
from conformance.client.place import LOOPBACK, Place
from conformance.client.recording import journeys_of
from conformance.client.rule import DEFAULT_PROFILES, rules
from conformance.client.situation import STEADY, Situation, situations
from conformance.requirements.verdict import Verdict, and_warnings, counted_as_failures
from conformance.run.run_settings import VERSION
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import EmbeddedServer
from secrecy.redaction import learn
from secrecy.temporary import temporary_folder
from simulator.stream.events import FORMAT, CheckEndEvent, CheckEvent, CheckResultEvent, CheckSummary
from simulator.stream.run_stream import RunStream
from simulator.wire.exchange import Exchange

RUNS = 3  # of a client that ends with an error
ONCE = {"stopped", "refused"}  # the goals of a client that must not be started again
Drive = Callable[[Stage, str], int | None]  # lets the client work in a situation; returns its exit code if it has one


@dataclass(frozen=True)
class ClientSettings:
    """What is judged. `client` is the end of the command line; `situations` are names, all of them if empty."""

    client: str
    profiles: tuple[str, ...] = DEFAULT_PROFILES
    situations: tuple[str, ...] = ()
    level: str = "must"
    place: Place = LOOPBACK

    def chosen(self) -> list[Situation]:
        known = situations()
        names = dict.fromkeys((STEADY, *self.situations)) if self.situations else known
        return [known[name] for name in names]


class ClientRun:
    """A run: its stream behind a lock, and its verdicts. `watch` gives the seconds that have passed since any moment."""

    def __init__(
        self, settings: ClientSettings, stream: RunStream, watch: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._watch, self._began = watch, watch()
        self._stream = stream
        self._lock = threading.Lock()
        self._verdicts: Counter[str] = Counter()

    def serve(
        self,
        server: EmbeddedServer,
        drive: Drive,
        *,
        clock: Callable[[], float] = time.time,
        announce: Callable[[Front], Callable[[], None]] | None = None,
    ) -> int:
        """Serve the situations and judge the client; returns the exit code.

        `drive` is called for each situation in turn. With `announce`, all situations are served at the same time: it tells
        the user about them, and what it returns waits until the client is done.
        """
        with temporary_folder() as folder:
            front = Front(server, self._on_exchange, folder, place=self._settings.place, clock=clock)
            return self._serve(server, front, drive, announce)

    def _serve(
        self,
        server: EmbeddedServer,
        front: Front,
        drive: Drive,
        announce: Callable[[Front], Callable[[], None]] | None,
    ) -> int:
        try:
            target = discover(Client(server.base_url, server.token))
            self._begin(front.origin, embedded=True)
            stages = [front.open(situation, target) for situation in self._settings.chosen()]
            self._plan(len(stages))
            if announce is not None:
                with suppress(KeyboardInterrupt):  # Ctrl-C ends the wait, also if it comes just before the wait begins
                    wait = announce(front)
                    learn(front.token)
                    wait()
            learn(front.token)  # from here on, no output contains it
            for stage in stages:
                # a client that sends nothing without trouble sends nothing at all
                if announce is None and (stage is stages[0] or stages[0].journey.sent):
                    self._let_work(stage, front, drive)
                self._judge_situation(front.finish(stage), stages[0].journey)
        finally:
            front.close()
        self._judge_rules([stage.journey for stage in stages])
        return self._finish()

    def read(self, base_url: str, exchanges: Sequence[Exchange], target: Target) -> int:
        """Judge a recording; returns the exit code."""
        self._begin(base_url, embedded=False)
        numbered = [replace(exchange, number=number) for number, exchange in enumerate(exchanges, 1)]
        for exchange in numbered:
            self._on_exchange(exchange)
        self._plan(0)
        self._judge_rules(journeys_of(base_url, numbered, target))
        return self._finish()

    def _let_work(self, stage: Stage, front: Front, drive: Drive) -> None:
        """Run the client; twice without trouble, and in trouble again after an error, as a scheduler would."""
        journey = stage.journey
        for number in range(1, RUNS + 1):
            journey.runs.append(len(journey.sent))
            code = drive(stage, front.token)
            journey.exits += [] if code is None else [code]
            if stage.situation.name == STEADY and number == 1 and journey.sent:
                journey.second_run = journey.sent[-1].number + 1
            elif stage.situation.name == STEADY or not code or ONCE & {*stage.situation.goals}:
                return

    def _begin(self, url: str, *, embedded: bool) -> None:
        settings = self._settings
        self._write(
            {
                "event": "run",
                "format": FORMAT,
                "tool": "check",
                "seed": None,
                "version": VERSION,
                "target": {"url": url, "embedded": embedded},
                "settings": {
                    "profiles": [
                        "client",
                        *(f"client-{name}" for name in settings.profiles if name not in DEFAULT_PROFILES),
                    ],
                    "expression": "",
                    "level": "should" if settings.level == "should" else "must",
                    "fuzz": False,
                    "read_only": False,
                    "parallel": 1,
                    "insecure": False,
                    "resource_types": [],
                    "client": settings.client,
                },
            }
        )

    def _plan(self, count: int) -> None:
        """Announce the number of verdicts: one for each situation, and one for each rule."""
        count += sum(rule.profile in self._profiles for rule in rules().values())
        self._write({"event": "plan", "checks": count})

    def _judge_situation(self, journey: Journey, steady: Journey) -> None:
        situation = situations()[journey.situation]
        self._judged(judged_situation(situation, journey, steady if steady.sent else None))

    def _judge_rules(self, journeys: Sequence[Journey]) -> None:
        for event in judged_rules(journeys, self._profiles):
            self._judged(event)

    def _judged(self, event: CheckResultEvent) -> None:
        self._verdicts[event["verdict"]] += 1
        self._write(event)

    @property
    def _profiles(self) -> tuple[str, ...]:
        return (*self._settings.profiles, PEOPLE)

    def _finish(self) -> int:
        verdicts, total = self._verdicts, sum(self._verdicts.values())
        bad = verdicts["FAIL"] + verdicts["UNDECIDED"]
        warned = verdicts["WARN"] if self._settings.level == "should" else 0
        code, of = 1 if bad + warned else 0, f" of {total} rules and situations"
        if total == verdicts[Verdict.NOT_EXERCISED.value]:
            code, verdict = 2, "The client sent no request, so nothing was judged."
        elif bad:
            verdict = f"{bad}{of} failed{and_warnings(warned)}."
        elif warned:
            verdict = f"{warned}{of} {counted_as_failures(warned)}."
        else:
            verdict = (
                f"None of the {total} rules and situations failed; {verdicts['NOT EXERCISED']} were not exercised."
            )
        summary = CheckSummary(verdicts=dict(verdicts), left=0, wall_seconds=round(self._watch() - self._began, 3))
        self._write(CheckEndEvent(event="end", verdict=verdict, exit_code=code, summary=summary))
        return code

    def _on_exchange(self, exchange: Exchange) -> None:
        self._write(exchange.to_event())

    def _write(self, event: CheckEvent) -> None:
        with self._lock:
            self._stream.write(event)
