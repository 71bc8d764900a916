"""What someone does by hand reaches the target, and the page shows what it did, through the endpoints that the page uses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from live_page.session.playthrough import Access
from live_page.session.problem import Problem
from live_page.session.recording import MOST_ROWS, Recording
from live_page.session.session import Session
from reference_server.embedded import EmbeddedServer
from tests.live_page.running import FRIDAY_EVENING, TEN, Live, finished
from tests.support import ENTERPRISE, Scim

pytestmark = pytest.mark.slow


def test_the_first_cycle_creates_everyone_and_the_sync_their_accounts(live: Live) -> None:
    state = live.get("/api/state")["play"]
    assert state["counts"]["linked_people"] == state["counts"]["people"] == 10
    person = live.get("/api/people")["rows"][3]
    shown = live.get(f"/api/people/{person['id']}")
    assert [row["path"] for row in shown["rows"] if row["differs"]] == []
    assert shown["account"]["access"] is True
    assert live.row(person["id"], "displayName")["account"] == person["name"]


def test_a_blocked_person_differs_until_the_cycle_and_the_account_until_the_sync(live: Live) -> None:
    who = live.get("/api/people")["rows"][2]["id"]
    live.change("block", who)
    assert live.row(who, "active") == {
        "path": "active", "directory": "false", "target": "true", "account": "true", "differs": ["target", "account"],
    }  # fmt: skip
    live.clock("cycle")
    assert live.row(who, "active")["target"] == "false"
    assert live.row(who, "active")["differs"] == ["account"]
    assert live.get(f"/api/people/{who}")["account"]["access"] is False
    live.clock("advance", 60)
    assert live.row(who, "active")["differs"] == []
    timeline = live.get(f"/api/people/{who}/timeline")
    assert timeline["svg"].startswith("<svg")
    assert [one["sentence"] for one in timeline["exposures"]] == ["Access after leaving lasted 20 min."]
    assert {mark["kind"] for mark in timeline["marks"]} == {"directory", "request", "account"}


def test_a_friday_evening_leaver_loses_access_at_once_and_the_account_on_monday(live: Live) -> None:
    live.clock("to", FRIDAY_EVENING.isoformat())
    who = live.get("/api/people")["rows"][2]["id"]
    live.change("block", who)
    live.clock("cycle")
    live.clock("advance", 24 * 60)
    account = live.get(f"/api/people/{who}")["account"]
    assert (account["access"], account["status"]) == (False, "active")
    live.clock("working day")
    assert live.get("/api/state")["play"]["now"] == "2026-03-09T06:00:00+00:00"
    assert live.get(f"/api/people/{who}")["account"]["status"] == "inactive"
    week = live.get("/api/clock")
    assert week["sync"]["window_start_hour"] == 6
    assert [change["what"] for change in week["changes"]] == ["blocked"]


OF_A_PERSON: list[tuple[str, dict[str, Any], str, str]] = [
    ("title", {"title": "Pilot"}, "title", "Pilot"),
    ("department", {"department": "Legal", "title": "Counsel"}, "title", "Counsel"),
    ("site", {"site": "Oslo"}, 'addresses[type eq "work"].locality', "Oslo"),
    ("name", {"given_name": "Ada", "surname": "Byron"}, "displayName", "Ada Byron"),
    ("user name", {"user_principal_name": "ada@contoso.example"}, "userName", "ada@contoso.example"),
    ("unassign", {}, "active", "false"),
    ("assign", {}, "active", "true"),
    ("block", {}, "active", "false"),
    ("unblock", {}, "active", "true"),
    ("soft delete", {}, "active", "false"),
    ("restore", {}, "active", "true"),
]


def test_every_change_of_a_person_reaches_the_target(live: Live) -> None:
    people = live.get("/api/people")["rows"]
    who, boss = people[4]["id"], people[1]["id"]
    for what, detail, path, value in OF_A_PERSON:
        live.change(what, who, **detail)
        live.clock("cycle")
        assert live.row(who, path)["target"] == value, what
    live.change("manager", who, manager=boss)
    live.clock("cycle")
    row = live.row(who, f"{ENTERPRISE}:manager")
    assert (row["directory"], row["target"]) == (people[1]["name"], people[1]["name"])
    target_id = live.get(f"/api/people/{who}")["target_id"]
    live.change("hard delete", who)
    live.clock("cycle")
    assert live.request("GET", f"/api/people/{who}").status == 409
    assert Scim(server_of(live)).get(f"/Users/{target_id}").status == 404
    hired = live.change("hire")
    live.clock("cycle")
    assert live.person(hired["name"].split()[0])["linked"]


def server_of(live: Live) -> EmbeddedServer:
    assert live.play.target.embedded is not None
    return live.play.target.embedded


def test_every_change_of_a_group_reaches_the_target(live: Live) -> None:
    who = live.get("/api/people")["rows"][4]["id"]
    live.change("create group", group="Board")
    live.change("create group", group="Council")
    live.change("add member", who, "Board")
    live.post("/api/changes", {"what": "nest group", "group": "Board", "detail": {"group": "Council"}})
    live.clock("cycle")
    (row,) = live.get("/api/groups?search=board")["rows"]
    shown = live.get(f"/api/groups/{row['id']}")
    assert (shown["members"], shown["linked"]) == (2, True)
    scim = Scim(server_of(live))
    held = scim.get(f"/Groups/{shown['target_id']}").json
    assert len(held["members"]) == 2
    live.change("remove member", who, "Board")
    live.change("rename group", group="Board", name="Directors")
    live.clock("cycle")
    held = scim.get(f"/Groups/{shown['target_id']}").json
    assert (held["displayName"], len(held["members"])) == ("Directors", 1)
    live.change("delete group", group="Directors")
    live.clock("cycle")
    assert scim.get(f"/Groups/{shown['target_id']}").status == 404


def test_many_people_join_and_a_share_of_them_leaves(live: Live) -> None:
    assert live.post("/api/bulk", {"kind": "joiners", "amount": 10})["people"] == 10
    live.clock("cycle")
    assert live.post("/api/bulk", {"kind": "leave", "how": "block", "amount": 30})["people"] == 6
    assert live.get("/api/people?state=blocked")["found"] == 6
    live.clock("cycle")
    assert live.get("/api/state")["play"]["counts"]["linked_people"] == 20
    assert live.get("/api/state")["play"]["differences"] == 0


def test_faults_are_switched_on_and_off_and_the_job_reacts(live: Live) -> None:
    live.post("/api/trouble", {"name": "target_down", "on": True})
    live.clock("cycle")
    state = live.get("/api/state")["play"]
    assert state["faults"] == ["target_down"]
    assert state["quarantine"]
    assert live.get("/api/provider")["job"]["status"]["code"] == "Quarantine"
    assert live.get("/api/provider")["notices"]
    live.post("/api/trouble", {"name": "target_down", "on": False})
    live.clock("cycle")
    assert live.get("/api/state")["play"]["quarantine"] is None


def test_a_lost_write_is_found_by_the_comparison_only(live: Live) -> None:
    who = live.get("/api/people")["rows"][5]["id"]
    live.post("/api/trouble", {"name": "target_loses_writes", "on": True})
    live.change("title", who, title="Ghost")
    live.clock("cycle")
    trouble = live.get("/api/trouble")
    assert [fault["hits"] for fault in trouble["faults"] if fault["on"]] == [1]
    assert [(one["attribute"], one["object_id"]) for one in trouble["differences"]] == [("title", who)]
    assert live.get("/api/provider")["job"]["status"]["lastExecution"]["state"] == "Succeeded"
    assert live.row(who, "title")["differs"] == ["target"]


def test_traffic_is_filtered_and_shows_the_log_entry_beside_the_exchange(live: Live) -> None:
    who = live.get("/api/people")["rows"][6]
    page = live.get(f"/api/traffic?person={who['id']}&operation=create%20user")
    (row,) = page["rows"]
    assert (row["method"], row["path"], row["status"], row["who"]) == ("POST", "/Users", 201, who["name"])
    exchange = live.get(f"/api/traffic/{row['number']}")
    assert json.loads(exchange["request_body"])["userName"] == who["user_name"]
    assert exchange["curl"].startswith("curl -i -X POST")
    assert exchange["log"]["provisioningAction"] == "create"
    assert [step["provisioningStepType"] for step in exchange["log"]["provisioningSteps"]][-1] == "export"
    assert live.get("/api/traffic?status=rejected")["rows"] == []
    newest = live.get("/api/traffic")["rows"]
    older = live.get(f"/api/traffic?before={newest[-1]['number']}")["rows"]
    assert all(row["number"] < newest[-1]["number"] for row in older)


def test_the_provisioning_log_lists_every_entry_also_those_without_a_request(live: Live) -> None:
    page = live.get("/api/log?status=Success")
    assert {row["action"] for row in page["rows"]} == {"Create", "Update"}
    who = live.get("/api/people")["rows"][6]
    (row,) = [row for row in live.get(f"/api/log?who={who['name']}")["rows"] if row["action"] == "Create"]
    assert row["changed"].startswith("userName, active, displayName")
    entry = live.get(f"/api/log/{row['number']}")
    assert entry["log"]["sourceIdentity"]["displayName"] == who["name"]
    assert len(entry["exchanges"]) == 2
    live.change("hire")
    hired = live.get("/api/people")["rows"][-1]
    live.change("unassign", hired["id"])
    live.clock("cycle")
    (row,) = live.get(f"/api/log?status=Skipped&who={hired['name']}")["rows"]
    assert live.get(f"/api/log/{row['number']}")["exchanges"] == []
    assert live.request("GET", "/api/log/99999").status == 409


def test_the_job_is_stopped_started_and_restarted(live: Live) -> None:
    live.change("stop")
    live.clock("cycle")
    assert live.session.problem is not None
    assert "stopped" in live.session.problem.sentence
    live.change("start")
    live.clock("cycle")
    live.change("restart")
    live.clock("cycle")
    assert live.get("/api/provider")["job"]["status"]["code"] == "Active"


def test_one_person_is_provisioned_on_demand_in_five_steps(live: Live) -> None:
    who = live.change("hire")["id"]
    result = live.post("/api/provider/on-demand", {"kind": "user", "id": who})
    assert [step["step"] for step in result["steps"]] == [
        "Test connection", "Import", "Determine if in scope", "Match", "Perform action",
    ]  # fmt: skip
    assert {step["status"] for step in result["steps"]} == {"Success"}
    assert live.get(f"/api/people/{who}")["target_id"]
    assert live.get(f"/api/traffic/{result['exchanges'][-1]}")["log"] is not None


def test_an_uploaded_mapping_is_used_and_a_broken_one_explained(live: Live) -> None:
    answer = live.request("GET", "/download/mapping")
    schema = json.loads(answer.data)
    text = json.dumps(schema).replace("[jobTitle]", "[department]")
    assert live.post("/api/provider/mapping", {"text": text})["user"] > 20
    who = live.get("/api/people")["rows"][7]
    live.clock("cycle")
    assert live.row(who["id"], "title")["target"] == who["department"]
    live.change("block", who["id"])
    kept = live.get("/api/keep")
    assert (kept["mapping"], "mapping: mapping.json" in kept["scenario"]) == (True, True)


def test_another_provider_starts_over_with_its_knobs(live: Live) -> None:
    live.post("/api/provider", {"idp": "okta", "users": 3, "seed": 7})
    live.clock("cycle")
    shown = live.get("/api/provider")
    assert (shown["idp"], shown["users"]) == ("okta", 3)
    headers = live.get("/api/traffic/1")["request_headers"]
    assert headers["user-agent"].startswith("Okta")
    assert "idp" in live.problem("/api/provider", {"idp": "nonsense"})
    knobs = {"cycle_minutes": "20", "members_per_patch": "5"}
    live.post("/api/provider", {"idp": "entra", "dialect": "aadOptscim062020", "knobs": knobs})
    shown = live.get("/api/provider")
    assert {one["name"]: one["value"] for one in shown["knobs"]}.items() >= knobs.items()
    assert shown["dialect"] == "aadOptscim062020"


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("/api/changes", {"what": "fly"}, 'There is no change with the name "fly".'),
    ("/api/changes", {"what": "block", "person": "nobody"}, "This person is not in the directory."),
    ("/api/changes", {"what": "create group", "group": " "}, "The name of the group is missing."),
    ("/api/changes", {"what": "delete group", "group": "No such"}, 'there is no group "No such"'),
    ("/api/changes", {"what": "title", "person": 3}, "expected strings"),
    ("/api/bulk", {"kind": "joiners", "amount": 0}, "from 1 to"),
    ("/api/bulk", {"kind": "joiners", "amount": "ten"}, "Expected a number."),
    ("/api/bulk", {"kind": "leave", "how": "hire", "amount": 5}, "Expected one of"),
    ("/api/bulk", {"kind": "leave", "amount": 300}, "at most 100 percent"),
    ("/api/clock", {"action": "to", "amount": "2020-01-01T00:00:00+00:00"}, "cannot go back"),
    ("/api/clock", {"action": "to", "amount": "soon"}, "Expected a date and time."),
    ("/api/clock", {"action": "play", "amount": 7}, "60 and 600"),
    ("/api/clock", {"action": "fly"}, "no action"),
    ("/api/clock", {"action": "advance", "amount": -5}, "at most a year"),
    ("/api/trouble", {"name": "rain", "on": True}, "not possible with this target"),
    ("/api/trouble", {"name": "target_down", "on": True, "share": 7}, "Expected a share"),
    ("/api/provider", {"users": 0}, "users: expected at least 1"),
    ("/api/provider", {"knobs": {"cycle_minutes": "x"}}, "cycle_minutes: expected"),
    ("/api/provider", {"knobs": [1]}, "knobs: expected an object"),
    ("/api/provider/mapping", {"text": "{"}, "not valid JSON"),
    ("/api/provider/mapping", {"text": "{}"}, "synchronizationRules"),
    ("/api/provider/on-demand", {"kind": "group", "id": "x"}, "no such group"),
    ("/api/target", {"url": "nonsense", "token": "t"}, "URL: expected http"),
    ("/api/target", {"url": "https://host/scim/v2", "token": ""}, "The token is missing."),
    ("/api/scenario", {"text": "users: none", "name": ""}, "users: expected an integer"),
    ("/api/scenario", {"text": "- 1", "name": "../secrets"}, "expected a mapping"),
    ("/api/load", {"scenario": "nonsense"}, "Choose a scenario"),
    ("/api/checks", {"profiles": ["nonsense"]}, "Choose at least one profile."),
]


def test_what_cannot_be_done_is_explained_in_a_sentence(live: Live) -> None:
    for path, body, words in BAD:
        assert words in live.problem(path, body), (path, body)


def test_a_target_by_url_is_cleaned_up_and_its_token_never_shown(shared_page: Live, scim: Scim) -> None:
    token = scim.server.token
    before = scim.get("/Users?count=0").json["totalResults"]
    live = shared_page
    live.begin(
        TEN.model_copy(update={"seed": 90_210}), Access(scim.server.base_url, token)
    )  # new names in a shared target
    found = live.get("/api/target")
    assert [probe["sentence"] for probe in found["probes"] if not probe["ok"]] == []
    assert {one["name"] for one in found["types"]} >= {"User", "Group"}
    live.clock("cycle")
    assert scim.get("/Users?count=0").json["totalResults"] == before + 10
    person = live.get("/api/people")["rows"][0]
    assert live.get(f"/api/people/{person['id']}")["has_accounts"] is False
    for path in ("/api/state", "/api/target", "/api/traffic/1", "/api/provider", "/api/keep"):
        assert token.encode() not in live.request("GET", path).data
    live.begin(TEN)
    assert scim.get("/Users?count=0").json["totalResults"] == before


def test_a_target_that_does_not_answer_is_a_quarantine_and_not_an_error(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN, Access("http://127.0.0.1:9/scim/v2", "a-token-of-nobody"))
    assert live.get("/api/target")["probes"][0]["ok"] is False
    live.clock("cycle")
    assert live.session.problem is None
    assert live.get("/api/state")["play"]["quarantine"]


def test_an_embedded_server_that_is_killed_can_be_restarted_with_its_data(live: Live) -> None:
    running = live.play.target.running
    assert running is not None
    running.kill()
    live.clock("advance", 60)
    assert "Restart the embedded server" in live.get("/api/state")["problem"]["next"]
    live.post("/api/target/restart", {})
    live.clock("cycle")
    assert live.get("/api/state")["problem"] is None
    assert live.get("/api/state")["play"]["quarantine"] is None


def test_a_scenario_is_opened_and_stepped_through(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN)
    opened = live.post("/api/scenario", {"name": "contractor-end-date", "text": ""})
    assert opened == {"name": "contractor-end-date", "events": 3}
    live.clock("event")
    assert live.get("/api/clock")["waiting_total"] == 2
    live.clock("advance", 24 * 60)
    assert [one["held"] for one in live.get("/api/clock")["expectations"]] == [True]
    carl = live.get("/api/people?page=0")["rows"][-1]["id"]
    live.change("title", carl, title="Adviser")
    live.clock("cycle")
    assert live.row(carl, "title")["target"] == "Adviser"


def test_fifty_people_to_a_page_whatever_the_size(shared_page: Live) -> None:
    live = shared_page
    live.begin(TEN.model_copy(update={"users": 120}))
    page = live.get("/api/people?page=2")
    assert (len(page["rows"]), page["first"], page["found"], page["total"]) == (20, 100, 120, 120)
    assert live.get("/api/people?page=99")["page"] == 2
    found = live.get("/api/people?search=oslo")
    assert 0 < found["found"] < 120
    assert {row["site"] for row in found["rows"]} == {"Oslo"}
    who = found["rows"][0]
    live.change("site", who["id"], site="Boston")
    live.change("hard delete", found["rows"][1]["id"])
    again = live.get("/api/people?search=OSLO")
    assert again["found"] == found["found"] - 2
    assert live.get("/api/people?search=" + who["user_name"])["rows"][0]["site"] == "Boston"


def test_the_recording_keeps_a_bounded_number_of_rows_and_reads_the_rest_from_its_file(tmp_path: Any) -> None:
    recording = Recording(tmp_path / "run.jsonl", "http://host/scim/v2")
    for number in range(1, MOST_ROWS + 11):
        recording(exchange(number))
    assert len(recording.rows) == MOST_ROWS
    first = recording.exchange(1)
    assert first is not None
    assert first["number"] == 1
    assert recording.exchange(MOST_ROWS + 11) is None
    assert len(recording.of_person("p7")) == 1
    recording.close()


def exchange(number: int) -> Any:
    cause = {"operation": "read user", "person": f"p{number}"}
    return {
        "event": "exchange", "number": number, "method": "GET", "url": "http://host/scim/v2/Users/1", "request_headers": {},
        "request_body": None, "status": 200, "response_headers": {}, "response_body": None, "started_at": "", "duration_ms": 1,
        "virtual_at": None, "cause": cause, "failure": None,
    }  # fmt: skip


def test_the_clock_plays_and_pauses(live: Live) -> None:
    before = live.get("/api/state")["play"]["now"]
    live.post("/api/clock", {"action": "play", "amount": 600})
    seen = [live.get("/api/state")["play"]]
    while seen[-1]["now"] == before:
        seen.append(live.get("/api/state")["play"])
    live.post("/api/clock", {"action": "pause"})
    live.settle()
    live.settle()
    after = live.get("/api/state")["play"]
    assert after["speed"] == 0
    assert live.get("/api/state")["play"]["now"] == after["now"]


def test_unexpected_errors_are_one_sentence(live: Live) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(Exception, match="Unexpected error in Scimulator: ZeroDivisionError"):
        finished(live.session.do("", broken))


def test_without_a_company_the_page_says_what_to_do(tmp_path: Any) -> None:
    session = Session(tmp_path)
    with pytest.raises(Exception, match="There is no company yet"):
        session.playing()
    session.end(keep=False)


def test_traffic_shows_verdicts_about_the_provider_as_a_client(live: Live) -> None:
    live.clock("cycle")
    who = live.get("/api/people")["rows"][7]["id"]
    live.get("/api/traffic")
    live.change("block", who)
    live.clock("cycle")
    page = live.get("/api/traffic")
    assert page["judged"] >= len(page["rows"]) > 0
    rules = {rule["rule"]: rule for rule in page["broken"]}
    assert rules["booleans"]["verdict"] == "FAIL"  # Entra ID sends "False" without aadOptscim062020
    row = next(row for row in page["rows"] if row["person"] == who and row["method"] == "PATCH")
    found = live.get(f"/api/traffic/{row['number']}")["findings"]
    assert found == row["findings"]
    assert [(one["rule"], one["requirement"], one["got"]) for one in found] == [
        ("booleans", "RFC 7643 section 2.3.2", '"False"')
    ]
    assert all(row["findings"] == [] for row in page["rows"] if row["method"] == "GET")


def test_a_server_that_was_killed_is_a_problem_until_it_is_restarted(live: Live) -> None:
    assert live.play.target.running is not None
    live.play.target.running.kill()
    with pytest.raises(Problem, match="The embedded server does not answer"):
        finished(live.session.do("", live.play.simulation.schedule))
    live.post("/api/target/restart", {})
    live.clock("advance", 60)
    assert finished(live.session.do("", live.play.simulation.schedule))
