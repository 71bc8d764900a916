"""The result of a load test or of one worker's part: its record, its measurements, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from loadtests.measurements.time_series import OperationFigures, Series, Total
from loadtests.measurements.time_series_json import series_of, series_value, totals_of, totals_value
from loadtests.scenarios.operations import THROTTLED
from loadtests.scenarios.run_record import RunRecord, record_from_json

SATURATED = 0.9  # share of a core; from here on, the generator counts as the bottleneck


@dataclass(slots=True)
class Result:
    """The actions and measurements of a run. Workers send `to_json` to their master, and `--result` writes it.

    `seconds` and `operations` (rows of `time_series.figures`) come from Locust at the end. `errors` maps names to counts.
    `generator_share` is the share of a core that the busiest process of the generator used. `began` is the start of the
    measured part (epoch seconds; None: it did not start). `tenants` is by tenant, from 0. `lost` is the number of workers
    that ended prematurely.
    """

    finished: bool
    gave_up: bool
    generator_share: float
    record: RunRecord = field(default_factory=RunRecord)
    seconds: float = 0.0
    operations: list[OperationFigures] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    series: Series = field(default_factory=Series)
    tenants: dict[int, Total] = field(default_factory=dict)
    began: float | None = None
    lost: int = 0

    @property
    def requests(self) -> int:
        return sum(item["count"] for item in self.operations)

    @property
    def throttled(self) -> int:
        return sum(item["count"] for item in self.operations if item["name"] == THROTTLED)

    def to_json(self) -> dict[str, Any]:
        """The result as JSON values, with the fields of the record at the same level."""
        return {
            "finished": self.finished,
            "lost": self.lost,
            "gave_up": self.gave_up,
            "began": self.began,
            "seconds": self.seconds,
            "generator_share": self.generator_share,
            "operations": self.operations,
            "errors": self.errors,
            "series": series_value(self.series),
            "tenants": totals_value(self.tenants),
            **self.record.to_json(),
        }


def result_from_json(value: dict[str, Any]) -> Result:
    """The inverse of `to_json`."""
    return Result(
        finished=value["finished"],
        gave_up=value["gave_up"],
        generator_share=value["generator_share"],
        record=record_from_json(value),
        seconds=value["seconds"],
        operations=value["operations"],
        errors=value["errors"],
        series=series_of(value["series"]),
        tenants=totals_of(value["tenants"]),
        began=value.get("began"),
        lost=value["lost"],
    )


def merged(parts: Iterable[Result], expected: int) -> Result:
    """The sum of all workers' parts. It is finished if there are `expected` parts and each is finished."""
    held = list(parts)
    whole = Result(
        finished=len(held) == expected and all(part.finished for part in held),
        gave_up=any(part.gave_up for part in held),
        generator_share=max((part.generator_share for part in held), default=0.0),
        began=min((part.began for part in held if part.began is not None), default=None),
        lost=expected - len(held),
    )
    errors: Counter[str] = Counter()
    for part in held:
        errors.update(part.errors)
        whole.series.add(part.series)
        whole.record.add(part.record)
        for tenant, total in part.tenants.items():
            whole.tenants.setdefault(tenant, Total()).add(total)
    whole.errors = dict(errors)
    return whole
