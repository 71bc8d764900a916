"""The distinct differences of a run: the first and last cycle of each, and the number of comparisons that found it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.stream.events import DifferenceEvent, SimulateEvent, SimulateVerifiedEvent
from simulator.verify.compare import SEVERITY


@dataclass(slots=True)
class Line:
    """One distinct difference. `facts` describe its latest state, because a group's number of missing members can change."""

    facts: DifferenceEvent
    first_cycle: int
    first_at: str
    last_cycle: int
    last_at: str
    count: int = 0

    @property
    def what(self) -> str:
        """The attribute, or the kind of a difference that concerns a whole resource."""
        return self.facts["attribute"] or self.facts["kind"]

    def when(self) -> str:
        """The cycles and the number of comparisons, such as `cycles 3 to 31, 28 times`."""
        if self.first_cycle == self.last_cycle:
            return f"cycle {self.first_cycle}"
        return f"cycles {self.first_cycle} to {self.last_cycle}, {self.count} times"

    def as_json(self) -> dict[str, Any]:
        """The facts with the first cycle, the last cycle, and the number of comparisons."""
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
    """Collects one line per distinct difference, from a run in progress or from a stream."""

    def __init__(self, events: Iterable[SimulateEvent] = ()) -> None:
        self._of_number: dict[int, Line] = {}
        self._of_group: dict[tuple[str, str], Line] = {}
        self.unlisted = 0  # differences that the run counted without listing them
        for event in events:
            self(event)

    def __call__(self, event: SimulateEvent) -> None:
        if event["event"] == "difference":
            self._add(event)
        elif event["event"] == "verified":
            self._count(event)

    def lines(self) -> list[Line]:
        """All lines, ordered by severity."""
        distinct = {id(line): line for line in self._of_number.values()}
        return sorted(distinct.values(), key=lambda line: SEVERITY[line.facts["kind"]])

    def _add(self, event: DifferenceEvent) -> None:
        made = Line(event, event["cycle"], event["at"], event["cycle"], event["at"])
        if event["kind"] == "members":  # the numbers change from cycle to cycle, but it is the same finding
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
    """The number of lines by attribute, such as `title 1,200, department 20`."""
    return ", ".join(f"{what} {count:,}" for what, count in Counter(line.what for line in lines).most_common())
