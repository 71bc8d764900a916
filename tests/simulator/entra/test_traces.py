"""The whole traces of docs/notes/entra.md 3.8, byte for byte, in both dialects, as a socket saw them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.entra.on_demand import provision_on_demand
from simulator.entra.requests import Dialect
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine, bodies

PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":'
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SCHEMAS = f'"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","{ENTERPRISE}"]'
GROUP = '"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]'
D0, D1 = Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020
DIALECTS = pytest.mark.parametrize("dialect", [D0, D1])


def sent(engine: Engine, dialect: Dialect) -> list[str]:
    """What came after the probes, without the flag, whose place another test holds."""
    flag = "aadOptscim062020"
    lines = [line.replace(f"?{flag}&", "?").replace(f"?{flag}", "") for line in bodies(engine.target.lines())]
    if dialect is D1:
        assert all(flag in request.path for request in engine.target.received)
    assert lines[0].startswith("GET /Users?filter=userName+eq+%22")
    assert lines[1].startswith("GET /Groups?excludedAttributes=members&filter=displayName+eq+%22")
    return lines[2:]


def create(name: str) -> str:
    first, last = name.split(" ")
    low = first.lower()
    return (
        f'POST /Users {{{SCHEMAS},"externalId":"{low}","userName":"{low}@contoso.com","active":true,"displayName":"{name}",'
        f'"meta":{{"resourceType":"User"}},"name":{{"givenName":"{first}","familyName":"{last}","formatted":"{name}"}},'
        '"roles":[]}'
    )


def op(dialect: Dialect, op_: str, path: str, value: str = "") -> str:
    name = op_ if dialect is D0 else op_.lower()
    return f'{{"op":"{name}","path":"{path}"{f",{chr(34)}value{chr(34)}:{value}" if value else ""}}}'


@DIALECTS
def test_cycle_start_with_nothing_to_do_is_two_probes(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (1): a random GUID for users, one for groups, and these headers (1.1, 1.4)."""
    engine = Engine(target, dialect=dialect)
    engine.cycle()
    assert sent(engine, dialect) == []
    heads = {
        tuple(header for header in request.headers if not header.lower().startswith("host:"))
        for request in target.received
    }
    assert heads == {("ADSCIMVersion: 5.0", "Authorization: Bearer secret-token")}


@DIALECTS
def test_joiner_with_manager_and_group(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (2) and (7): look-up, POST, then the manager, then one PATCH for each member."""
    engine = Engine(target, dialect=dialect)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith")
    engine.directory.set_manager(engine.now, anna, boss)
    engine.group("Sales", boss, anna)
    engine.cycle()
    assert sent(engine, dialect) == [
        "GET /Users?filter=userName+eq+%22boss%40contoso.com%22",
        create("Boss One"),
        "GET /Users?filter=userName+eq+%22anna%40contoso.com%22",
        create("Anna Smith"),
        "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22Sales%22",
        f'POST /Groups {{{GROUP},"externalId":"gid-sales","displayName":"Sales","meta":{{"resourceType":"Group"}}}}',
        f"PATCH /Users/u2 {PATCH}[{op(dialect, 'Add', f'{ENTERPRISE}:manager', chr(34) + 'u1' + chr(34))}]}}",
        f"PATCH /Groups/g3 {PATCH}[{op(dialect, 'Add', 'members', '[{' + chr(34) + 'value' + chr(34) + ':' + chr(34) + 'u1' + chr(34) + '}]')}]}}",
        f"PATCH /Groups/g3 {PATCH}[{op(dialect, 'Add', 'members', '[{' + chr(34) + 'value' + chr(34) + ':' + chr(34) + 'u2' + chr(34) + '}]')}]}}",
    ]


@DIALECTS
def test_brownfield_match_updates_what_differs_and_nothing_when_equal(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (3): filter, one hit, PATCH of the differences; equal: RedundantExport."""
    target.hold("Users", "old", userName="ANNA@contoso.com", displayName="Old", active=True, externalId="anna")
    target.hold("Users", "same", userName="bert@contoso.com", displayName="Bert", active=True, externalId="bert", name={"givenName": "Bert", "formatted": "Bert"})  # fmt: skip
    engine = Engine(target, dialect=dialect)
    engine.person("Anna")
    engine.person("Bert")
    engine.cycle()
    patch = {
        D0: '[{"op":"Replace","path":"displayName","value":"Anna"},{"op":"Add","path":"name.givenName","value":"Anna"},'
        '{"op":"Add","path":"name.formatted","value":"Anna"}]}',
        D1: '[{"op":"replace","path":"displayName","value":"Anna"},'
        '{"op":"add","value":{"name.givenName":"Anna","name.formatted":"Anna"}}]}',
    }
    assert sent(engine, dialect) == [
        "GET /Users?filter=userName+eq+%22anna%40contoso.com%22",
        f"PATCH /Users/old {PATCH}{patch[dialect]}",
        "GET /Users?filter=userName+eq+%22bert%40contoso.com%22",
    ]
    assert (engine.turn(name="Bert").status, engine.turn(name="Bert").error_code) == ("Skipped", "RedundantExport")


@DIALECTS
def test_mover(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (4): GET, one PATCH with all scalar changes, the manager apart, out of the old group and into the new."""
    engine = Engine(target, dialect=dialect)
    boss, anna = engine.person("Boss One"), engine.person("Anna Smith", jobTitle="Clerk", department="Sales")
    old, new = engine.group("Old", anna), engine.group("New")
    engine.cycle()
    at = engine.now
    engine.directory.update_user(at, anna, jobTitle="Lead", department="Legal", mail="a@b.example")
    engine.directory.set_manager(at, anna, boss)
    engine.directory.remove_member(at, old, anna)
    engine.directory.add_member(at, new, anna)
    engine.cycle()
    patch = {
        D0: '[{"op":"Replace","path":"title","value":"Lead"},'
        '{"op":"Add","path":"emails[type eq \\"work\\"].value","value":"a@b.example"},'
        f'{{"op":"Replace","path":"{ENTERPRISE}:department","value":"Legal"}}]}}',
        D1: '[{"op":"add","path":"emails[type eq \\"work\\"].value","value":"a@b.example"},'
        f'{{"op":"replace","value":{{"title":"Lead","{ENTERPRISE}:department":"Legal"}}}}]}}',
    }
    removal = {
        D0: '[{"op":"Remove","path":"members","value":[{"value":"u2"}]}]}',
        D1: '[{"op":"remove","path":"members[value eq \\"u2\\"]"}]}',
    }
    addition = {D0: "Add", D1: "add"}
    assert sent(engine, dialect) == [
        "GET /Users/u2",
        f"PATCH /Users/u2 {PATCH}{patch[dialect]}",
        "GET /Groups/g3?excludedAttributes=members",
        "GET /Groups/g4?excludedAttributes=members",
        f'PATCH /Users/u2 {PATCH}[{{"op":"{addition[dialect]}","path":"{ENTERPRISE}:manager","value":"u1"}}]}}',
        f"PATCH /Groups/g3 {PATCH}{removal[dialect]}",
        f'PATCH /Groups/g4 {PATCH}[{{"op":"{addition[dialect]}","path":"members","value":[{{"value":"u2"}}]}}]}}',
    ]


OFF = {
    D0: '[{"op":"Replace","path":"active","value":"False"}]}',
    D1: '[{"op":"replace","path":"active","value":false}]}',
}
ON = {
    D0: '[{"op":"Replace","path":"active","value":"True"}]}',
    D1: '[{"op":"replace","path":"active","value":true}]}',
}


@DIALECTS
@pytest.mark.parametrize("leave", ["block", "unassign", "soft_delete"])
def test_leaver(target: FakeTarget, dialect: Dialect, leave: str) -> None:
    """docs/notes/entra.md 3.8: GET and active=False, in whichever way a user leaves."""
    engine = Engine(target, dialect=dialect, soft_delete_renames=False)
    anna = engine.person("Anna Smith")
    engine.cycle()
    getattr(engine.directory, leave)(engine.now, anna)
    engine.cycle()
    assert sent(engine, dialect) == ["GET /Users/u1", f"PATCH /Users/u1 {PATCH}{OFF[dialect]}"]
    assert engine.turn().action == "Disable"


@DIALECTS
def test_leaver_whose_name_changes_too(target: FakeTarget, dialect: Dialect) -> None:
    """COMPAT: with the flag, `active` is in the object with the other changes; without it, an operation of its own."""
    engine = Engine(target, dialect=dialect)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.directory.update_user(engine.now, anna, userPrincipalName="ann@contoso.com")
    engine.directory.block(engine.now, anna)
    engine.cycle()
    patch = {
        D0: '[{"op":"Replace","path":"userName","value":"ann@contoso.com"},{"op":"Replace","path":"active","value":"False"}]}',
        D1: '[{"op":"replace","value":{"userName":"ann@contoso.com","active":false}}]}',
    }
    assert sent(engine, dialect) == ["GET /Users/u1", f"PATCH /Users/u1 {PATCH}{patch[dialect]}"]
    assert engine.turn().action == "Disable"
    assert target.resources["Users/u1"]["active"] in (False, "False")


@DIALECTS
def test_rejoiner_by_link_and_after_a_lost_link(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (6): linked: PATCH active and differences; the link lost: filter, then PATCH."""
    engine = Engine(target, dialect=dialect)
    anna = engine.person("Anna Smith")
    engine.cycle()
    engine.directory.block(engine.now, anna)
    engine.cycle()
    engine.directory.unblock(engine.now, anna)
    engine.cycle()
    assert sent(engine, dialect) == ["GET /Users/u1", f"PATCH /Users/u1 {PATCH}{ON[dialect]}"]
    engine.directory.unassign(engine.now, anna)
    engine.cycle()
    engine.job.state.unlink_user(anna)
    engine.directory.assign(engine.now, anna)
    engine.cycle()
    assert sent(engine, dialect) == [
        "GET /Users?filter=userName+eq+%22anna%40contoso.com%22",
        f"PATCH /Users/u1 {PATCH}{ON[dialect]}",
    ]


@DIALECTS
def test_group_rename_and_deletion(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (8)."""
    engine = Engine(target, dialect=dialect)
    group = engine.group("Sales")
    engine.cycle()
    engine.directory.rename_group(engine.now, group, "Sellers")
    engine.cycle()
    rename = {
        D0: '[{"op":"Replace","path":"displayName","value":"Sellers"}]}',
        D1: '[{"op":"replace","path":"displayName","value":"Sellers"}]}',
    }
    assert sent(engine, dialect) == [
        "GET /Groups/g1?excludedAttributes=members",
        f"PATCH /Groups/g1 {PATCH}{rename[dialect]}",
    ]
    engine.directory.delete_group(engine.now, group)
    engine.cycle()
    assert sent(engine, dialect) == ["DELETE /Groups/g1"]


@DIALECTS
def test_on_demand_is_the_default_dialect_whatever_the_flag(target: FakeTarget, dialect: Dialect) -> None:
    """3.8 (9): probes, look-up, PATCH in D0 (COMPAT)."""
    target.hold("Users", "old", userName="anna@contoso.com", displayName="Anna Smith", active=False, externalId="anna")
    engine = Engine(target, dialect=dialect)
    anna = engine.person("Anna Smith")
    engine.do(provision_on_demand(engine.job, engine.settings, "user", anna, engine.now))
    found = sent(engine, dialect)
    assert found[0] == "GET /Users?filter=userName+eq+%22anna%40contoso.com%22"
    assert found[1].startswith(
        f'PATCH /Users/old {PATCH}[{{"op":"Replace","path":"active","value":"True"}},{{"op":"Add",'
    )


@pytest.mark.parametrize(
    ("knob", "lines"),
    [
        ({"probe_count": 3}, 4),
        ({"provision_groups": False}, 1),
    ],
)
def test_probes_by_knob(target: FakeTarget, knob: dict[str, Any], lines: int) -> None:
    """1.1 and REF #63: several look-ups, each with another GUID; no group's without a group mapping."""
    engine = Engine(target, **knob)
    engine.cycle()
    assert len(set(target.lines())) == len(target.lines()) == lines
