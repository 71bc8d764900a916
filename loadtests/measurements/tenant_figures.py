"""What each tenant saw of a run of several: its pace, and for each operation the one for whom it was slowest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.measurements.time_series import STORES_A_USER, Cell, Total, percentile


def tenant_rows(totals: Mapping[int, Total], names: Sequence[str]) -> list[dict[str, Any]]:
    """`{"name", "requests", "errors", "users_per_second"}` by tenant; users/s over the tenant's own time."""
    rows = []
    for tenant, total in sorted(totals.items()):
        made = total.cells.get(STORES_A_USER, Cell())
        seconds = max(total.last - total.first, 0.001)
        rows.append(
            {
                "name": names[tenant],
                "requests": sum(cell.count for cell in total.cells.values()),
                "errors": sum(cell.errors for cell in total.cells.values()),
                "users_per_second": round((made.count - made.errors) / seconds, 1),
            }
        )
    return rows


def slowest_rows(totals: Mapping[int, Total], names: Sequence[str]) -> list[dict[str, Any]]:
    """`{"name", "tenant", "p99_ms", "fastest_p99_ms"}` by operation: the tenants at both ends."""
    rows = []
    for operation in sorted({name for total in totals.values() for name in total.cells}):
        held = [
            (percentile(t.cells[operation].times, 0.99) or 0.0, n) for n, t in totals.items() if operation in t.cells
        ]
        worst, tenant = max(held)
        rows.append({"name": operation, "tenant": names[tenant], "p99_ms": worst, "fastest_p99_ms": min(held)[0]})
    return rows
