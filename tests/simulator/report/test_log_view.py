"""The log in the terminal shows cycles, entries, and details; a filter hides everything else."""

from __future__ import annotations

import pytest

from simulator.report.log_view import LogFilter, log_lines
from tests.simulator.report.made_up_log import cycle, entry, exchange, failure, run

EVENTS = run(
    exchange(1),
    entry(exchanges=[1]),
    failure(person="p-2", name="Bert Jones"),
    cycle(1, kind="initial"),
    entry(cycle=2, kind="group", person=None, group="g-1", name="Sales", target_id="G7", action="Update"),
    entry(cycle=2, status="Skipped", action="Other", error_code="RedundantExport", reason="nothing", modified=[]),
    cycle(2, failed=0, quarantine="TooManyDeletes"),
)


def lines(wanted: dict[str, str], *, details: bool = False) -> list[str]:
    return list(log_lines(EVENTS, LogFilter(**wanted), details=details))


def names(found: list[str]) -> list[str]:
    return [name for line in found for name in ("Anna Smith", "Bert Jones", "Sales") if name in line]


def test_every_cycle_has_a_head_and_every_entry_a_line() -> None:
    assert lines({}) == [
        "cycle 1  initial  2026-03-02 09:05 → 09:06:30  imported 2  exported 1  skipped 0  failed 1  escrowed 1  quarantine no",
        "  ✔ 2026-03-02 09:05:00  create       success  Anna Smith                           u1",
        "  ✘ 2026-03-02 09:05:00  create       failure  Bert Jones",
        "      SystemForCrossDomainIdentityManagementBadRequest: create user: answered 400 (no) This operation was retried "
        "0 times. It will be retried again after this date: 2026-03-02T15:05:00Z UTC",
        "      See `scimulator check -k entra`. Entra retries after 0, 6, 12, and 24 hours, then daily for 28 days.",
        "cycle 2  incremental  2026-03-02 09:05 → 09:06:30  imported 2  exported 1  skipped 0  failed 0  escrowed 1  "
        "quarantine TooManyDeletes",
        "  ✔ 2026-03-02 09:05:00  update       success  Sales                                G7",
        "  – 2026-03-02 09:05:00  other        skipped  Anna Smith                           u1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["Anna Smith", "Bert Jones", "Sales", "Anna Smith"]),
        ({"who": "SMITH"}, ["Anna Smith", "Anna Smith"]),
        ({"who": "p-2"}, ["Bert Jones"]),  # the id in the directory
        ({"who": "g7"}, ["Sales"]),  # the id in the target
        ({"action": "UPDATE"}, ["Sales"]),
        ({"status": "Failure"}, ["Bert Jones"]),
        ({"code": "systemforcrossdomainidentitymanagementbadrequest"}, ["Bert Jones"]),
        ({"code": "RedundantExport"}, []),  # a skipped entry has no error
        ({"who": "smith", "status": "skipped"}, ["Anna Smith"]),
        ({"who": "nobody"}, []),
    ],
)
def test_a_filter_picks_entries(wanted: dict[str, str], found: list[str]) -> None:
    assert names(lines(wanted)) == found


def test_a_cycle_without_a_wanted_entry_is_left_out() -> None:
    assert [line[:7] for line in lines({"status": "failure"}) if line.startswith("cycle")] == ["cycle 1"]
    assert lines({"who": "nobody"}) == []


def test_details_show_steps_changes_and_the_exchange() -> None:
    shown = "\n".join(lines({"who": "p-1", "action": "create"}, details=True))
    for words in (
        "Retrieved User 'Anna Smith' from Microsoft Entra ID",
        "User 'Anna Smith' was created in Scimulator",
        "title: – → Clerk",
        "source p-1",
        "POST http://x/Users → 201",
        '> {"userName":"anna"}',
        '< {"id":"u1"}',
    ):
        assert words in shown


def test_entries_after_the_last_cycle_belong_to_one_that_failed_its_connection_test() -> None:
    events = run(cycle(1), failure(kind="probe", person=None, name=""))
    first = next(log_lines(events, LogFilter(status="failure")))
    assert first == "a cycle whose connection test failed"


@pytest.mark.parametrize("name", ["new\nline", "\x1b[31mred", "\u202eright to left", "\x07"])
def test_names_cannot_control_the_terminal(name: str) -> None:
    events = run(failure(name=name, reason=name, modified=[["title", name, name]]), cycle())
    for line in log_lines(events, LogFilter(), details=True):
        assert line.isprintable()
