"""The audit trail: names without values, and a hash chain in which every change shows."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from reference_server.admin.document import Document
from reference_server.service.audit import ACTORS, AuditEvent, AuditTrail, Chain
from reference_server.storage.database import open_tables
from tests.in_process import House
from tests.support import MONDAY, Scim


def test_audit_names_what_changed_and_never_the_value(monday: Scim) -> None:
    anna = monday.user(userName="zz-canary@example.com", displayName="zz-canary")
    monday.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "title", "value": "zz-canary"})
    lines = [json.loads(line) for line in monday.admin("GET", "/audit?kind=user").body.splitlines()]
    assert [(e["kind"], e["resource"]) for e in lines] == [
        ("user.created", f"User/{anna['id']}"),
        ("user.updated", f"User/{anna['id']}"),
    ]
    assert lines[1]["attributes"] == ["title"]
    assert list(lines[0]) == [*AuditEvent("user.created", MONDAY, "provider").to_record(), "hash"]
    assert b"zz-canary" not in monday.admin("GET", "/audit").body


def verify_chain(events: list[dict[str, Any]], heads: list[str]) -> str | None:
    """What AuditTrail.verify says of a chain, for events that are in no store."""
    walk = Chain(heads)
    return next(filter(None, map(walk.follow, events)), None) or walk.end()


def chain(folder: Path, count: int) -> list[dict[str, Any]]:
    tables = open_tables(folder)
    trail = AuditTrail(tables)
    for number in range(count):
        transaction = tables.transaction()
        trail.add(transaction, AuditEvent("user.updated", MONDAY, "provider", resource=f"User/{number}"))
        transaction.commit()
    events = list(trail.events())
    assert asyncio.run(trail.verify([trail.head])) is None
    tables.close()
    return events


@pytest.mark.parametrize("microseconds", [0, 1, 120_000, 999_999])
def test_an_event_stores_its_time_in_iso_8601(microseconds: int) -> None:
    moment = MONDAY + timedelta(microseconds=microseconds)
    assert AuditEvent("user.created", moment, "provider").to_record()["at"] == moment.isoformat()


def test_any_tampering_with_the_audit_trail_is_named(tmp_path: Path) -> None:
    events = chain(tmp_path, 8)
    heads = [events[-1]["hash"]]
    for number, event in enumerate(events, start=1):
        for name in event:
            changed = [dict(e) for e in events]
            changed[number - 1][name] = "tampered" if name != "id" else "000000000099"
            assert f"{number:012d}" in str(verify_chain(changed, heads)), name
        removed = verify_chain(events[: number - 1] + events[number:], heads)
        assert f"{number:012d}" in str(removed)
        inserted = verify_chain([*events[:number], event, *events[number:]], heads)
        assert f"{number + 1:012d}" in str(inserted)
    assert "000000000001" in str(verify_chain([events[1], events[0], *events[2:]], heads))
    assert verify_chain(events[:-1], heads) == (
        "event 000000000008 is missing; the trail ends before a recorded head hash"
    )
    assert verify_chain(events, heads) is None


def test_a_thousand_random_mutations_are_all_found(tmp_path: Path) -> None:
    """S8: a byte changed, an event removed, doubled, swapped, cut off or added without the chain."""
    events = chain(tmp_path, 12)
    heads, dice = [events[-1]["hash"]], random.Random(4711)
    for number in range(1_000):
        lines = [json.dumps(event) for event in events]
        at, other = dice.randrange(len(lines)), dice.randrange(len(lines) - 1)
        match number % 6:
            case 0 | 1:
                place = dice.randrange(len(lines[at]))
                byte = dice.choice("abcdef0123456789")
                if lines[at][place] == byte:
                    continue
                lines[at] = lines[at][:place] + byte + lines[at][place + 1 :]
            case 2:
                del lines[at]
            case 3:
                lines.insert(at, lines[at])
            case 4:
                lines[other], lines[other + 1] = lines[other + 1], lines[other]
            case _:
                lines.append(json.dumps({**events[at], "id": f"{len(lines) + 1:012d}"}))
        try:
            mutated = [json.loads(line) for line in lines]
        except ValueError:
            continue  # no longer valid JSON, so any reader notices it
        assert verify_chain(mutated, heads) is not None, number


def test_event_of_a_transaction_that_was_given_up_leaves_no_hole(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    trail = AuditTrail(tables)
    for number in range(4):
        transaction = tables.transaction()
        trail.add(transaction, AuditEvent("user.updated", MONDAY, "provider"))
        if number % 2:
            transaction.commit()
    assert [event["id"] for event in trail.events()] == ["000000000001", "000000000002"]
    assert asyncio.run(trail.verify([trail.head])) is None
    tables.close()


CONNECTION = "/connections/{connection}"


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=token", {"token.rotated"}),
        ("actor=user", {"session.opened"}),
        ("outcome=refused", {"connection.refused"}),
        ("since=2026-03-02T06:00:00%2B00:00&kind=user", {"user.created"}),
        ("until=2026-03-02T05:30:00%2B00:00&kind=sync", set()),
    ],
)
def test_audit_is_filtered(monday: Scim, query: str, kinds: set[str]) -> None:
    monday.clock(MONDAY + timedelta(hours=2))
    anna = monday.user()
    monday.admin("POST", "/connections/{connection}/sync")
    monday.admin("POST", "/connections/{connection}/sessions", {"shadow_id": anna["id"]})
    tenant = monday.admin("POST", "/tenants", {"name": "Poor"}).json
    monday.admin("POST", f"/tenants/{tenant['id']}/connections")
    monday.admin("POST", "/connections/{connection}/rotate")
    lines = monday.admin("GET", f"/audit?{query}").body.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == kinds


def test_values_are_in_the_audit_trail_only_when_switched_on(monday: Scim) -> None:
    anna = monday.user(displayName="zz-canary-1")
    monday.admin("PATCH", CONNECTION, {"personal_data": True})
    monday.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "displayName", "value": "zz-canary-2"})
    monday.admin("POST", f"{CONNECTION}/sync")
    trail = monday.admin("GET", "/audit").body.decode()
    assert '["zz-canary-1","zz-canary-2"]' in trail
    assert monday.admin("GET", "/audit/verify").json["whole"]


def test_every_actor_is_listed_where_events_are_filtered(at: House) -> None:
    """`Actor` is the one list of actors, and an event of any other actor is a programming error."""
    described = {p["name"]: p["description"] for p in Document().content["paths"]["/audit"]["get"]["parameters"]}
    assert [actor for actor in ACTORS if actor not in described["actor"]] == []
    event = AuditEvent("user.created", MONDAY, cast(Any, "nobody"))
    with pytest.raises(ValueError, match="nobody: unknown actor; expected one of provider"):
        at.service.audit.add(at.service.tables.transaction(), event)
