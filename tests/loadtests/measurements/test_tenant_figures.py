"""What each tenant saw: its pace in its own time, and the tenant for which an operation was slowest."""

from __future__ import annotations

from loadtests.measurements.tenant_figures import slowest_rows, tenant_rows
from loadtests.measurements.time_series import Total

NAMES = ("Contoso", "Fabrikam")


def total(first: float, last: float, creates: int, milliseconds: float, *, failed: int = 0) -> Total:
    made = Total()
    for number in range(creates):
        at = first + (last - first) * number / max(creates - 1, 1)
        made.note(at, "create user", milliseconds, failed=number < failed)
    return made


def test_users_per_second_are_those_of_the_time_in_which_the_tenant_sent() -> None:
    rows = tenant_rows({1: total(100, 105, 10, 5.0), 0: total(50, 52, 10, 5.0, failed=2)}, NAMES)
    assert [(row["name"], row["requests"], row["errors"], row["users_per_second"]) for row in rows] == [
        ("Contoso", 10, 2, 4.0),
        ("Fabrikam", 10, 0, 2.0),
    ]


def test_a_tenant_that_created_no_one_has_a_pace_of_zero() -> None:
    only_reads = Total()
    only_reads.note(1.0, "read user", 5.0, failed=False)
    (row,) = tenant_rows({0: only_reads}, NAMES)
    assert (row["requests"], row["users_per_second"]) == (1, 0.0)


def test_the_slowest_tenant_is_named_for_each_operation_that_it_sent() -> None:
    totals = {0: total(0, 1, 5, 20.0), 1: total(0, 1, 5, 80.0)}
    totals[0].note(1.0, "read user", 3.0, failed=False)
    assert [
        (row["name"], row["tenant"], row["p99_ms"], row["fastest_p99_ms"]) for row in slowest_rows(totals, NAMES)
    ] == [("create user", "Fabrikam", 80.0, 20.0), ("read user", "Contoso", 3.0, 3.0)]


def test_a_run_without_tenants_has_no_rows() -> None:
    assert slowest_rows({}, NAMES) == []
    assert tenant_rows({}, NAMES) == []
