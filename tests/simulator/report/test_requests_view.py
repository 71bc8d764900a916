"""A dry run lists its requests by person and group, in the order of their first request."""

from __future__ import annotations

from simulator.report.requests_view import request_lines
from tests.simulator.report.made_up_log import entry, exchange, run


def test_requests_stand_under_the_person_or_group_they_are_for() -> None:
    events = run(
        exchange(1, method="GET", url="http://target/Users?filter=a", request_body=None),  # the connection test
        exchange(2, url="http://target/Users"),
        entry(exchanges=[2]),
        exchange(3, url="http://target/Groups", request_body='{"displayName":"Sales"}'),
        entry(kind="group", person=None, group="g-1", name="Sales", exchanges=[3]),
        exchange(4, method="PATCH", url="http://target/Users/user-1", virtual_at="2026-03-03T10:00:00+00:00"),
        entry(exchanges=[4]),
    )
    assert list(request_lines(events)) == [
        "Anna Smith  (p-1)",
        '  2026-03-02 09:05  POST   /Users  {"userName":"anna"}',
        '  2026-03-03 10:00  PATCH  /Users/user-1  {"userName":"anna"}',
        "",
        "Sales  (g-1)",
        '  2026-03-02 09:05  POST   /Groups  {"displayName":"Sales"}',
        "",
        "3 requests for 2 people and groups, and 1 for connection tests; nothing was sent",
    ]


def test_the_query_is_shown_and_entries_without_requests_are_not() -> None:
    url = "http://target/Users?filter=userName+eq+%22a%22"
    events = run(
        exchange(1, method="GET", url=url, request_body=None), entry(exchanges=[1]), entry(person="p-2", name="Bert")
    )
    shown = list(request_lines(events))
    assert shown[1] == "  2026-03-02 09:05  GET    /Users?filter=userName+eq+%22a%22"
    assert not any("Bert" in line for line in shown)


def test_bodies_cannot_control_the_terminal() -> None:
    events = run(exchange(1, request_body='{"a":"\x1b[2J\u202e"}'), entry(name="\x07", exchanges=[1]))
    assert all(line.isprintable() for line in request_lines(events))
