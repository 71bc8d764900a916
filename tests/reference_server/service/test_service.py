"""Tenants, connections, tokens, sync, audit: the service behind SCIM over its admin API, on a real server."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import embedded_server
from reference_server.service.audit import AuditEvent, AuditTrail, Chain
from reference_server.storage.database import open_tables
from tests.support import MONDAY, Scim


@pytest.mark.parametrize(
    ("plan", "sso", "missing"),
    [
        ("free", False, "the enterprise plan (this tenant has free) and SSO to be configured"),
        ("team", True, "the enterprise plan (this tenant has team)"),
        ("enterprise", False, "SSO to be configured"),
        ("enterprise", True, None),
    ],
)
def test_connection_needs_plan_and_sso(scim: Scim, plan: str, sso: bool, missing: str | None) -> None:
    tenant = scim.admin("POST", "/tenants", {"name": "T", "plan": plan, "sso_configured": sso}).json
    reply = scim.admin("POST", f"/tenants/{tenant['id']}/connections")
    if missing is None:
        assert reply.status == 201
        assert reply.json["token"].startswith("scim_tok_")
    else:
        assert (reply.status, reply.json["error"]) == (403, f"a SCIM connection needs {missing}")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        (
            "POST",
            "/tenants",
            {"name": "T", "plan": "gold"},
            403,
            'plan: expected one of free, team, enterprise; got "gold"',
        ),
        ("POST", "/tenants", {"plan": "free"}, 400, "name: expected text"),
        ("POST", "/tenants", [], 400, "expected a JSON object"),
        ("POST", "/tenants/none/connections", None, 404, "no tenant none"),
        ("GET", "/connections/none", None, 404, "no connection none"),
        ("PATCH", "/connections/{connection}", {"sync_every_minutes": 0}, 403, "sync_every_minutes: expected minutes"),
        ("PATCH", "/connections/{connection}", {"deprovisioning": "later"}, 403, "deprovisioning: expected one of"),
        ("PATCH", "/connections/{connection}", {"nonsense": 1}, 403, "nonsense: no such setting"),
        ("PATCH", "/connections/{connection}", {"group_mappings": {"g": {"x": []}}}, 403, "group_mappings: expected"),
        ("POST", "/connections/{connection}/sessions", {}, 400, "expected shadow_id or email"),
        ("POST", "/connections/{connection}/sessions", {"email": "nobody@x"}, 404, "no such account"),
        ("GET", "/sessions/none", None, 404, "no such session"),
        ("GET", "/connections/{connection}/accounts?start=x", None, 400, "start: expected a number"),
        ("GET", "/connections/{connection}/accounts?changed_since=x", None, 400, "changed_since: expected a time"),
    ],
)
def test_wrong_admin_requests_get_one_line(
    scim: Scim, method: str, path: str, body: Any, status: int, words: str
) -> None:
    reply = scim.admin(method, path, body)
    assert reply.status == status
    assert words in reply.json["error"]


def test_admin_api_needs_its_own_token(scim: Scim) -> None:
    assert scim.request("GET", f"{scim.server.admin_url}/tenants").status == 401
    assert scim.http.request("GET", f"{scim.server.admin_url}/tenants").status == 401


def test_rotation_ends_the_old_token_at_once(monday: Scim) -> None:
    new = monday.admin("POST", "/connections/{connection}/rotate").json["token"]
    assert monday.get("/Users").status == 401
    assert monday.request("GET", "/Users", token=new).status == 200


def test_deleted_connection_is_gone_with_its_people(monday: Scim) -> None:
    monday.user()
    assert monday.admin("DELETE", "/connections/{connection}").status == 200
    assert monday.get("/Users").status == 401
    assert monday.admin("GET", "/connections").json["items"] == []


def test_tokens_are_on_the_disk_as_hashes_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded_server(data=data, arguments=["--token", "scim_tok_canary_1"]) as server:
        scim = Scim(server)
        scim.user(password="canary_2")
        rotated = scim.admin("POST", "/connections/{connection}/rotate").json["token"]
        secrets = [b"canary_1", b"canary_2", rotated.encode(), server.admin_token.encode()]
    written = b"".join(path.read_bytes() for path in data.iterdir())
    assert [secret for secret in secrets if secret in written] == []
    assert len(written) > 500


def test_sync_makes_accounts_on_the_hour_and_writes_nothing_when_nothing_changed(monday: Scim) -> None:
    monday.user(userName="anna@example.com", displayName="Anna")
    assert monday.admin("GET", "/connections/{connection}/accounts").json["total"] == 0
    runs = monday.clock(MONDAY + timedelta(hours=1))
    assert [(run["kind"], run["created"]) for run in runs] == [("full", 1)]
    assert monday.clock(MONDAY + timedelta(days=20)) == []
    assert len(monday.admin("GET", "/connections/{connection}/runs").json["items"]) == 1


def test_manual_sync_works_on_a_weekend(monday: Scim) -> None:
    monday.clock(datetime(2026, 3, 7, 12, 0, tzinfo=UTC))
    monday.user(userName="anna@example.com")
    run = monday.admin("POST", "/connections/{connection}/sync").json
    assert (run["trigger"], run["created"]) == ("manual", 1)


def test_brake_stops_a_mass_deactivation_until_it_is_forced(monday: Scim) -> None:
    people = [monday.user(userName=f"p{n}@example.com") for n in range(4)]
    monday.admin("POST", "/connections/{connection}/sync")
    monday.admin("PATCH", "/connections/{connection}", {"brake": "stop", "brake_users": 2})
    for person in people:
        monday.patch(f"/Users/{person['id']}", {"op": "replace", "path": "active", "value": False})
    stopped = monday.admin("POST", "/connections/{connection}/sync").json
    assert (stopped["status"], "4 people" in stopped["warning"]) == ("stopped", True)
    statuses = [a["status"] for a in monday.admin("GET", "/connections/{connection}/accounts").json["items"]]
    assert statuses == ["active"] * 4
    assert monday.admin("POST", "/connections/{connection}/sync", {"force": True}).json["deactivated"] == 4


def test_group_mappings_grant_and_withdraw(monday: Scim) -> None:
    anna = monday.user(userName="anna@example.com")
    group = monday.group(anna["id"], displayName="Sales")
    monday.admin("PATCH", "/connections/{connection}", {"group_mappings": {"Sales": {"roles": ["seller"]}}})
    monday.admin("POST", "/connections/{connection}/sync")
    assert monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]["roles"] == ["seller"]
    monday.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{anna["id"]}"]'})
    monday.admin("POST", "/connections/{connection}/sync")
    assert monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]["roles"] == []


def test_roles_of_a_user_grant_nothing(monday: Scim) -> None:
    monday.user(userName="eve@example.com", roles=[{"value": "admin"}], entitlements=[{"value": "root"}])
    monday.admin("POST", "/connections/{connection}/sync")
    assert monday.admin("GET", "/connections/{connection}/accounts").json["items"][0]["roles"] == []


def test_conflict_is_recorded_and_nothing_is_overwritten(monday: Scim) -> None:
    mail = [{"value": "same@example.com", "type": "work"}]
    one, other = monday.user(emails=mail), monday.user(emails=mail)
    run = monday.admin("POST", "/connections/{connection}/sync").json
    assert run["conflicts"] == [{"shadow_id": other["id"], "claimed_by": one["id"], "email": "same@example.com"}]
    assert monday.admin("GET", "/connections/{connection}/accounts").json["total"] == 1


def test_server_keeps_everything_over_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with embedded_server(data=data, virtual_clock_start=MONDAY, arguments=["--token", "scim_tok_x"]) as server:
        scim = Scim(server)
        anna = scim.user(userName="anna@example.com")
        group = scim.group(anna["id"])
        scim.admin("POST", "/connections/{connection}/sync")
    with embedded_server(
        data=data, virtual_clock_start=MONDAY, arguments=["--token", "scim_tok_x", "--admin-token", "adm"]
    ) as server:
        again = Scim(server)
        assert again.members(group) == [anna["id"]]
        assert again.admin("GET", "/connections/{connection}/accounts").json["total"] == 1
        again.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "active", "value": False})
        assert again.admin("POST", "/connections/{connection}/sync").json["deactivated"] == 1
        assert again.admin("GET", "/audit/verify").json["whole"] is True


# ── audit ──


def test_audit_names_what_changed_and_never_the_value(monday: Scim) -> None:
    anna = monday.user(userName="zz-canary@example.com", displayName="zz-canary")
    monday.patch(f"/Users/{anna['id']}", {"op": "replace", "path": "title", "value": "zz-canary"})
    lines = [json.loads(line) for line in monday.admin("GET", "/audit?kind=user").body.splitlines()]
    assert [(e["kind"], e["resource"]) for e in lines] == [
        ("user.created", f"User/{anna['id']}"),
        ("user.updated", f"User/{anna['id']}"),
    ]
    assert lines[1]["attributes"] == ["title"]
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
        "event 000000000008: it is missing; the trail ends before a head that was kept of it"
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
            continue  # no JSON any more: whoever reads it finds out
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
