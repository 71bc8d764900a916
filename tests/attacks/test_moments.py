"""Times at the edge of the calendar and other odd times, wherever the server reads them: clamped, or rejected in one line."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.model.comparing import moment
from reference_server.clock import LATEST, VirtualClock, read_moment
from reference_server.embedded import embedded_server
from simulator.scenario.load import ScenarioError, parse_scenario
from simulator.tape.har import from_har
from tests.in_process import House, run
from tests.reference_server.support import Visitor
from tests.support import MONDAY, Command, Scim

EDGES = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00", "1899-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59", "2026-03-02T06:00:00+23:59",
]  # fmt: skip
WRONG: list[Any] = [
    "",
    "x",
    "10000-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-03-02T06:00:60Z",
    "\u0000",
    "9" * 5_000,
    None,
    5,
    True,
    [],
    {},
]


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with embedded_server(virtual_clock_start=MONDAY) as server:
        found = Visitor(server)
        found.sign_in()
        yield found


def test_every_time_can_be_calculated_with() -> None:
    for text in EDGES:
        found = read_moment(text, UTC)
        assert found - timedelta(days=365) < found + timedelta(days=364)
    for wrong in WRONG:
        with pytest.raises(ValueError, match="expected a time like"):
            read_moment(wrong, UTC)


@pytest.mark.parametrize("text", [*EDGES, *WRONG], ids=str)
def test_no_time_breaks_a_request_or_a_page(visitor: Visitor, text: Any) -> None:
    scim = Scim(visitor.server)
    connection = visitor.server.base_url.rpartition("/")[2]
    replies = [
        scim.admin("POST", "/connections/{connection}/rotate", {"expires_at": text}),
        scim.request("POST", f"{visitor.server.control_url}/clock", {"now": text}, token=visitor.server.control_token),
    ]
    if isinstance(text, str) and text.isprintable():
        query = text.replace("+", "%2B")
        replies += [
            scim.admin("GET", f"/connections/{{connection}}/accounts?changed_since={query}"),
            scim.admin("GET", f"/audit?since={query}"),
            scim.admin("GET", f"/audit?until={query}"),
        ]
        assert visitor.get(f"/admin/connections/{connection}/audit?since={query}&until={query}").status in (200, 400)
    for reply in replies:
        assert reply.status in (200, 400, 403), reply.body
        assert reply.status == 200 or "expected a time" in reply.json["error"] or "before" in reply.json["error"]
    for page in ("", "/next", "/leavers", "/settings", "/audit"):
        assert visitor.get(f"/admin/connections/{connection}{page}").status == 200


def test_a_far_end_of_a_token_is_kept_and_shown(visitor: Visitor) -> None:
    scim = Scim(visitor.server)
    reply = scim.admin("POST", "/connections/{connection}/rotate", {"expires_at": "9999-12-31T23:59:59-14:00"})
    assert scim.request("GET", "/Users", token=reply.json["token"]).status == 200
    assert scim.admin("GET", "/connections/{connection}").json["token_expires_at"] == LATEST.isoformat()


def test_the_clock_moves_ten_years_at_most_and_holds_no_list_of_ticks(at: House) -> None:
    async def jump() -> int:
        clock = at.clock
        assert isinstance(clock, VirtualClock)
        count = 0
        tracemalloc.start()
        async for tick, connection in at.scheduler.due_between(MONDAY, LATEST):
            assert connection.id == at.connection_id
            assert tick.at > MONDAY
            count += 1
            if count == 20_000:
                break
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert run(jump()) < 1_000_000


def test_a_jump_of_the_machines_clock_is_caught_up_in_one_look(at: House) -> None:
    async def catch_up() -> Any:
        await at.user(userName="a")
        assert isinstance(at.clock, VirtualClock)
        at.clock.set(datetime(9990, 1, 1, 12, tzinfo=UTC))
        tracemalloc.start()
        return await at.scheduler.run_due()

    runs = run(catch_up())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(held["kind"], held["trigger"], held["created"]) for held in runs] == [("full", "catch-up", 1)]
    assert peak < 5_000_000


@pytest.mark.parametrize("text", ["", "x", "10000-01-01T00:00:00Z", "2026-13-01"])
def test_clock_start_is_checked(scimulator: Command, text: str) -> None:
    done = scimulator("serve", "--virtual-clock", "--clock-start", text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'scimulator serve: --clock-start: expected a time like 2026-03-02T06:00:00Z, got "{text}"\n'


SCENARIOS = {  # what a file says → the line that names it
    "start: 9999-12-31T00:00:00Z": "s.yaml:1: start: expected at most ",
    "start: 0001-01-01T00:00:00+14:00": "s.yaml:1: start: expected at least ",
    "events:\n  - {what: blocked, person: 1, moment: 9999-12-31T23:59:59-14:00}": "s.yaml:2: events.0.moment: expected at most ",
    "events:\n  - {what: blocked, person: 1, day: 99999999999}": "s.yaml:2: events.0.day: expected at most 36600",
    "events:\n  - {what: blocked, person: 1, after: 99999999999d}": "s.yaml:2: events.0.after: expected a duration of at most 36600d",
    f"events:\n  - {{what: blocked, person: 1, after: {'9' * 5_000}d}}": "s.yaml:2: events.0.after: expected a duration of at most 36600d",
}


@pytest.mark.parametrize("text", SCENARIOS, ids=range(len(SCENARIOS)))
def test_a_scenario_stays_within_the_calendar(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "s.yaml")
    assert str(caught.value).startswith(SCENARIOS[text]), caught.value


def test_a_scenario_of_the_longest_durations_can_be_rehearsed() -> None:
    event = "  - {what: blocked, person: 1, after: 36600d}\n"
    text = f"start: 2026-03-02T00:00:00Z\nevents:\n{event * 200}"
    assert parse_scenario(text, "s.yaml").rehearse() == 200


@pytest.mark.parametrize("text", [*EDGES, "x"])
def test_no_time_of_a_target_or_a_recording_breaks_a_reader(text: str) -> None:
    found = moment(text)
    assert found is None or found.astimezone(UTC) - timedelta(days=1) < found
    request = {"method": "GET", "url": "https://a.example/scim/v2/Users", "headers": []}
    response = {
        "status": 200,
        "headers": [{"name": "Content-Type", "value": "application/scim+json"}],
        "content": {"text": "{}"},
    }
    entry = {"startedDateTime": text, "time": 1, "request": request, "response": response}
    _, (exchange,) = from_har({"log": {"entries": [entry]}})
    assert exchange.started_at.utcoffset() == timedelta()
