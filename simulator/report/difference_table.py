"""The differences of a run, each once: since when, until when, and in how many comparisons it was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.stream.events import DifferenceEvent, SimulateEvent, SimulateVerifiedEvent
from simulator.verify.compare import SEVERITY


@dataclass(slots=True)
class Line:
    """One distinct difference; `facts` are those of its latest state, as a group's number of missing members changes."""

    facts: DifferenceEvent
    first_cycle: int
    first_at: str
    last_cycle: int
    last_at: str
    count: int = 0

    @property
    def what(self) -> str:
        """The attribute, or the kind of a difference that is about a whole resource."""
        return self.facts["attribute"] or self.facts["kind"]

    def when(self) -> str:
        """The cycles and how often, such as `cycles 3 to 31, 28 times`."""
        if self.first_cycle == self.last_cycle:
            return f"cycle {self.first_cycle}"
        return f"cycles {self.first_cycle} to {self.last_cycle}, {self.count} times"

    def as_json(self) -> dict[str, Any]:
        """The facts, with the first and the last cycle and the number of comparisons."""
        facts = {name: value for name, value in self.facts.items() if name not in ("event", "number", "cycle", "at")}
        return {
            "first_cycle": self.first_cycle,
            "first_at": self.first_at,
            "last_cycle": self.last_cycle,
            "last_at": self.last_at,
            "count": self.count,
            **facts,
        }


class DifferenceTable:
    """Listens to a run, or reads a stream, and holds one line per distinct difference."""

    def __init__(self, events: Iterable[SimulateEvent] = ()) -> None:
        self._of_number: dict[int, Line] = {}
        self._of_group: dict[tuple[str, str], Line] = {}
        self.unlisted = 0  # occurrences that the run only counted
        for event in events:
            self(event)

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "difference":
            self._add(event)
        elif event["event"] == "verified":
            self._count(event)

    def lines(self) -> list[Line]:
        """All of them, the worst first."""
        distinct = {id(line): line for line in self._of_number.values()}
        return sorted(distinct.values(), key=lambda line: SEVERITY[line.facts["kind"]])

    def _add(self, event: DifferenceEvent) -> None:
        made = Line(event, event["cycle"], event["at"], event["cycle"], event["at"])
        if event["kind"] == "members":  # the numbers change from cycle to cycle, the finding does not
            made = self._of_group.setdefault((event.get("object_id", ""), event["person"]), made)
            made.facts = event
        self._of_number[event["number"]] = made

    def _count(self, event: SimulateVerifiedEvent) -> None:
        self.unlisted += event["unlisted"]
        for first, last in event["found"]:
            for number in range(first, last + 1):
                if line := self._of_number.get(number):
                    line.count += 1
                    line.last_cycle, line.last_at = event["cycle"], event["at"]


def attributes_of(lines: Iterable[Line]) -> str:
    """What lines that are not shown are about: `title 1,200, department 20`."""
    return ", ".join(f"{what} {count:,}" for what, count in Counter(line.what for line in lines).most_common())
