"""What a worker has to tell at its end, and how the parts of all workers become one result; JSON throughout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from loadtests.measurements.time_series import Series, Total
from loadtests.measurements.time_series_json import series_of, series_value, totals_of, totals_value
from loadtests.scenarios.workload import Workload

Part = dict[str, Any]
_MAPS = ("user_ids", "group_ids", "revisions", "leaver_seconds")  # number → what; no number belongs to two workers
_LISTS = ("made", "inactive", "joined", "left_groups")


def part_of(
    work: Workload,
    *,
    began: float | None,
    share_of_core: float,
    errors: dict[str, int],
    series: Series,
    tenants: dict[int, Total],
) -> Part:
    """One worker's part. `began`: when its measured part did (seconds since the epoch); `errors`: those of the set-up."""
    return {
        "finished": work.finished,
        "gave_up": work.gave_up,
        "failed": work.failed,
        "began": began,
        "generator_share": share_of_core,
        "errors": errors,
        "series": series_value(series),
        "tenants": totals_value(tenants),
        "made": [list(made) for made in work.made],
        "inactive": sorted(work.inactive),
        "joined": sorted(work.joined),
        "left_groups": [list(pair) for pair in sorted(work.left_groups)],
        # Ids that were only looked up are told by the worker that made them.
        "user_ids": {str(index): id_ for index, id_ in work.user_ids.items() if work.owns(index)},
        "group_ids": {str(number): id_ for number, id_ in work.group_ids.items() if work.owns(number)},
        "revisions": {str(index): number for index, number in work.revisions.items()},
        "leaver_seconds": {str(index): seconds for index, seconds in work.leaver_seconds.items()},
    }


def merged(parts: Iterable[Part], expected: int) -> Part:
    """All parts as one; a run is finished when as many as expected came and each is, the others are `lost`."""
    held = list(parts)
    errors: Counter[str] = Counter()
    series = Series()
    tenants: dict[int, Total] = {}
    for part in held:
        errors.update(part["errors"])
        series.add(series_of(part["series"]))
        for tenant, total in totals_of(part["tenants"]).items():
            tenants.setdefault(tenant, Total()).add(total)
    whole: Part = {
        "finished": len(held) == expected and all(part["finished"] for part in held),
        "lost": expected - len(held),
        "gave_up": any(part["gave_up"] for part in held),
        "failed": sum(part["failed"] for part in held),
        "began": min((part["began"] for part in held if part["began"] is not None), default=None),
        "generator_share": max((part["generator_share"] for part in held), default=0.0),
        "errors": dict(errors),
        "series": series_value(series),
        "tenants": totals_value(tenants),
    }
    for name in _MAPS:
        whole[name] = {key: value for part in held for key, value in part[name].items()}
    for name in _LISTS:
        whole[name] = [value for part in held for value in part[name]]
    return whole


def progress_of(work: Workload) -> dict[str, int]:
    """What can be told of a worker that is not done yet; numbers that add up over the workers."""
    return {
        "steps": work.done,
        "people": work.people,
        "created": work.created,
        "leavers": len(work.leaver_seconds),
        "still_active": sum(seconds is None for seconds in work.leaver_seconds.values()),
        "setting_up": work.phase is not None and not work.phase.measured,
    }
