"""The settings of a run: which checks to run, the target, and how to treat it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from conformance.requirements.profiles import DEFAULT_PROFILES
from conformance.run.crowd import BUDGET_S
from simulator.stream.events import FORMAT, CheckResultEvent, CheckRunEvent

VERSION = "0.1.0"
Level = Literal["must", "should"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The checks to run and the target. With the level "should", a WARN counts as a failure."""

    url: str
    token: str | None = field(default=None, repr=False)
    embedded: bool = False
    profiles: tuple[str, ...] = DEFAULT_PROFILES
    expression: str = ""
    only: frozenset[str] | None = None  # check ids, for --failed
    level: Level = "must"
    seed: int = 4711
    examples: int = 25
    fuzz: bool = True
    fuzz_examples: int = 4
    crowd: bool | None = None  # None: if the target is fast enough
    crowd_budget_s: float = BUDGET_S
    timeout_s: float = 30.0
    verify_tls: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    resource_types: tuple[str, ...] = ()
    read_only: bool = False
    parallel: int = 4
    renew: Callable[[str], str] | None = field(default=None, repr=False)
    waive: Callable[[CheckResultEvent], CheckResultEvent] = lambda event: event

    def to_event(self) -> CheckRunEvent:
        """The first event of a run with these settings; it holds no token and no header."""
        return {
            "event": "run",
            "format": FORMAT,
            "tool": "check",
            "seed": self.seed,
            "version": VERSION,
            "target": {"url": self.url, "embedded": self.embedded},
            "settings": {
                "profiles": list(self.profiles),
                "expression": self.expression,
                "level": self.level,
                "fuzz": self.fuzz,
                "read_only": self.read_only,
                "parallel": self.parallel,
                "insecure": not self.verify_tls,
                "resource_types": list(self.resource_types),
            },
        }
