"""The results by tenant: throughput of each tenant, and the slowest tenant of each operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loadtests.measurements.time_series import STORES_A_USER, Cell, Total, percentile
from simulator.stream.events import SlowestEvent, TenantEvent


def tenant_rows(totals: Mapping[int, Total], names: Sequence[str]) -> list[TenantEvent]:
    """One event per tenant. Users per second refer to the time in which the tenant sent requests."""
    rows: list[TenantEvent] = []
    for tenant, total in sorted(totals.items()):
        made = total.cells.get(STORES_A_USER, Cell())
        seconds = max(total.last - total.first, 0.001)
        rows.append(
            {
                "event": "tenant",
                "name": names[tenant],
                "requests": sum(cell.count for cell in total.cells.values()),
                "errors": sum(cell.errors for cell in total.cells.values()),
                "users_per_second": round((made.count - made.errors) / seconds, 1),
            }
        )
    return rows


def slowest_rows(totals: Mapping[int, Total], names: Sequence[str]) -> list[SlowestEvent]:
    """One event per operation with the slowest tenant, and the p99 of the fastest."""
    rows: list[SlowestEvent] = []
    for operation in sorted({name for total in totals.values() for name in total.cells}):
        held = [
            (percentile(t.cells[operation].times, 0.99) or 0.0, n) for n, t in totals.items() if operation in t.cells
        ]
        worst, tenant = max(held)
        rows.append(
            {
                "event": "slowest",
                "name": operation,
                "tenant": names[tenant],
                "p99_ms": worst,
                "fastest_p99_ms": min(held)[0],
            }
        )
    return rows
