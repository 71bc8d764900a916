"""Every knob of docs/entra.md has its documented effect on the requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.entra.requests import Dialect
from simulator.entra.settings import EntraSettings
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MANAGER = f"{ENTERPRISE}:manager"


def life(target: FakeTarget, **knobs: Any) -> list[str]:
    """Two users, a manager, and a group of both; then a new title, no manager, no members, and a blocked user."""
    engine = Engine(target, **knobs)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith", jobTitle="Clerk", department="Sales")
    engine.directory.set_manager(engine.now, anna, boss)
    group = engine.group("Sales", boss, anna)
    engine.cycle()
    found = bodies(target.lines())
    at = engine.now
    engine.directory.update_user(at, anna, jobTitle="Lead", mobile="1")
    engine.directory.set_manager(at, anna, None)
    for person in (boss, anna):
        engine.directory.remove_member(at, group, person)
    engine.directory.block(at, boss)
    engine.cycle()
    return found + bodies(target.lines())


@pytest.mark.parametrize(
    ("knobs", "present", "absent"),
    [
        ({}, ['"value":"False"', '"op":"Remove","path":"members","value":[{"value":"u1"}]'], ["$ref", '"value":false']),
        ({"booleans": "real"}, ['"path":"active","value":false'], ['"value":"False"']),
        ({"members_ref_null": True}, ['{"$ref":null,"value":"u1"}'], []),
        ({"members_per_patch": 2}, ['"value":[{"value":"u1"},{"value":"u2"}]'], []),
        ({"manager_shape": "value_path"}, [f'"path":"{MANAGER}.value","value":"u1"'], []),
        ({"manager_shape": "object"}, [f'"path":"{MANAGER}","value":{{"value":"u1"}}'], []),
        ({"manager_shape": "list"}, ['"path":"manager","value":[{"$ref":"/Users/u1","value":"u1"}]'], []),
        ({"manager_removal": "replace_empty"}, [f'"op":"Replace","path":"{MANAGER}","value":""'], []),
        (
            {"manager_removal": "remove", "dialect": "aadOptscim062020"},
            [f'"op":"remove","path":"{MANAGER}"'],
            [f'"path":"{MANAGER}","value":""'],
        ),
        ({"group_create_members": "empty"}, ['"members":[]}'], []),
        (
            {"group_extra_schema": True},
            ["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            [],
        ),
        ({"add_vs_replace": "replace"}, ['"op":"Replace","path":"phoneNumbers'], ['"op":"Add","path":"phoneNumbers']),
        ({"add_vs_replace": "add"}, ['"op":"Add","path":"title"'], ['"op":"Replace","path":"title"']),
        ({"reference_probe": True}, ["GET /Users?filter=id+eq+%22u2%22+and+manager+eq+%22u1%22&attributes=id"], []),
        ({"reference_probe": True}, ["GET /Groups?filter=id+eq+%22g3%22+and+members+eq+%22u1%22&attributes=id"], []),
        ({"read_before_update": "none"}, ['"path":"title","value":"Lead"'], ["GET /Users/u2"]),
        ({"read_before_update": "filter"}, ['"path":"title","value":"Lead"'], ["GET /Users/u2"]),
        ({"provision_groups": False}, [], ["/Groups"]),
        # the museum (COMPAT): the attribute of an extension after a dot, filters without quotes, the old group URI
        (
            {"dialect": "customappsso"},
            [
                f'"path":"{ENTERPRISE}.manager"',
                '"path":"phoneNumbers[type eq mobile].value"',
                '{"schemas":["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],',
            ],
            [f'"path":"{MANAGER}"'],
        ),
    ],
    ids=lambda value: ",".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_knob_on_the_wire(target: FakeTarget, knobs: dict[str, Any], present: list[str], absent: list[str]) -> None:
    if knobs.get("reference_probe"):
        target.rule = lambda r: (200, {"totalResults": 0, "Resources": []}) if "+and+" in r.path else "well"
    if knobs.get("dialect") == "customappsso" or knobs.get("manager_shape") in ("value_path", "list"):
        target.rule = lambda r: (204, None) if r.method == "PATCH" else "well"
    lines = "\n".join(life(target, **knobs))
    assert [text for text in present if text not in lines] == []
    assert [text for text in absent if text in lines] == []


@pytest.mark.parametrize(("knob", "failure"), [("encode", None), ("fail", "InternalError"), (None, "InternalError")])
def test_special_characters(target: FakeTarget, knob: str | None, failure: str | None) -> None:
    """KNOWN (10/2025): "Special characters are not supported on joining properties"; the default."""
    knobs: dict[str, Any] = {"special_characters": knob} if knob else {}
    engine = Engine(target, **knobs)
    engine.person("O'Neill Pat", userPrincipalName="o'neill+x@contoso.com")
    engine.cycle()
    assert engine.turn().error_code == failure
    asked = [line for line in target.lines("GET") if "neill" in line]
    assert asked == ([] if failure else ["GET /scim/Users?filter=userName+eq+%22o%27neill%2Bx%40contoso.com%22"])


def test_transient_failures_by_knob(target: FakeTarget) -> None:
    """LOGS: 5xx is tried in the next cycle, however often; by knob it waits like the rest."""
    for knob, posts in (("next_cycle", [1, 1, 1]), ("escrow", [1, 1, 0])):
        target.rule = lambda r: (500, None) if r.method == "POST" else "well"
        engine = Engine(target, transient_retry=knob)
        engine.person("Anna Smith")
        assert [len(target.lines("POST")) for _ in posts if engine.cycle()] == posts


def test_pace_of_the_real_service_moves_the_virtual_clock(target: FakeTarget) -> None:
    """WHEN: 0.01 to 0.08 minutes an object; the next cycle does not start before this one ends."""
    engine = Engine(target, pace="entra")
    for number in range(1_000):
        engine.person(f"P{number} X")
    report = engine.cycle()
    minutes = (report.ended_at - report.at).total_seconds() / 60
    assert 10 <= minutes <= 80
    assert engine.job.next_cycle_at(engine.now) == max(report.ended_at, report.at.replace(minute=40))
    assert engine.turns[-1].at > engine.turns[2].at


def test_every_knob_is_described_with_its_reason() -> None:
    described = list(EntraSettings.described())
    document = (Path(__file__).parents[3] / "docs" / "entra.md").read_text("utf-8")
    assert [row for row in described if f"| `{row[0]}` | {row[1]} | {row[2]} | {row[3]} |" not in document] == []
    assert {name for name, *_ in described} == set(EntraSettings.model_fields)
    assert all(why for *_, why in described)


def test_on_demand_ignores_the_flag_but_not_the_museum() -> None:
    assert EntraSettings(dialect=Dialect.AAD_OPT_SCIM_062020).shape(on_demand=True).dialect is Dialect.DEFAULT
    assert EntraSettings(dialect=Dialect.CUSTOMAPPSSO).shape(on_demand=True).dialect is Dialect.CUSTOMAPPSSO
