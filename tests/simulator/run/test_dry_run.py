"""The target of a dry run answers like an empty, well-behaved one, so that a job runs as it would over a network."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from secrecy.console import redact_output
from simulator.commands.run_simulate import run_dry, scenario_with
from simulator.directory.directory import Directory
from simulator.entra import requests
from simulator.entra.requests import Dialect, WireShape
from simulator.entra.settings import EntraSettings
from simulator.mapping.attribute_mapping import AttributeChange
from simulator.providers import IDPS, create_provider
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request
from simulator.run.dry_run import DryTarget
from simulator.wire.exchange import Exchange

AT = datetime(2026, 3, 2, tzinfo=UTC)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SHAPES = {dialect: WireShape(dialect) for dialect in (Dialect.DEFAULT, Dialect.AAD_OPT_SCIM_062020)}
CHANGES = [
    AttributeChange("title", "Lead", True),
    AttributeChange('emails[type eq "work"].value', "a@y", True),
    AttributeChange('phoneNumbers[type eq "mobile"].value', "7", False),
    AttributeChange(f"{ENTERPRISE}:department", "Sales", False),
]


def sent(target: DryTarget, request: Request) -> tuple[int | None, Any]:
    exchange = asyncio.run(target.send(request, virtual_at=AT, cause={"person": "anna"}))
    assert exchange.virtual_at == AT
    assert exchange.cause == {"person": "anna", "operation": request.operation}
    return exchange.status, exchange.response_json()


def with_anna() -> DryTarget:
    target = DryTarget()
    body = {"userName": "anna@x", "active": True, "title": "Clerk", "emails": [{"type": "work", "value": "a@x"}]}
    status, created = sent(target, Request("POST", "/Users", body, "create user"))
    assert (status, created["id"]) == (201, "user-1")
    return target


def test_nothing_is_found_and_what_is_created_is_there() -> None:
    target = with_anna()
    assert sent(target, requests.match_user("userName", "anna@x"))[1]["totalResults"] == 0
    assert sent(target, requests.read_user("user-1"))[1]["userName"] == "anna@x"
    assert sent(target, requests.read_user("user-2")) == (404, None)
    assert sent(target, requests.create_group({"displayName": "Sales"}))[1]["id"] == "group-2"
    assert sent(target, requests.delete_user("user-1")) == (204, None)
    assert sent(target, requests.delete_user("user-1")) == (404, None)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_an_update_is_remembered_in_both_dialects(shape: WireShape) -> None:
    target = with_anna()
    assert sent(target, requests.update_user("user-1", CHANGES, shape)) == (204, None)
    assert sent(target, requests.disable_user("user-1", shape)) == (204, None)
    held = sent(target, requests.read_user("user-1"))[1]
    assert (held["title"], held["active"]) == ("Lead", False)
    assert [email["value"] for email in held["emails"]] == ["a@y"]
    assert [phone["value"] for phone in held["phoneNumbers"]] == ["7"]
    assert held[ENTERPRISE] == {"department": "Sales"}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_manager_is_shown_as_an_object_and_can_be_removed(shape: WireShape) -> None:
    target = with_anna()
    sent(target, requests.set_manager("user-1", "user-9", shape, exists=False))
    assert sent(target, requests.read_user("user-1"))[1][ENTERPRISE]["manager"] == {"value": "user-9"}
    sent(target, requests.remove_manager("user-1", shape))
    assert not sent(target, requests.read_user("user-1"))[1][ENTERPRISE]["manager"]


@pytest.mark.parametrize("dialect", list(SHAPES))
def test_a_job_settles_and_then_sends_only_its_connection_test(dialect: Dialect) -> None:
    directory, target, operations = Directory(), DryTarget(), list[str]()
    for name in ("anna", "bert"):
        source = {"objectId": name, "userPrincipalName": f"{name}@x", "displayName": name, "accountEnabled": True}
        directory.add_user(AT, source, "bert" if name == "anna" else None)
        directory.assign(AT, name)
    directory.add_group(AT, "sales", "Sales")
    directory.add_member(AT, "sales", "anna")
    directory.assign(AT, "sales")

    async def send(request: Request, cause: dict[str, str]) -> Exchange:
        operations.append(request.operation)
        return await target.send(request, cause=cause)

    job = Job(create_provider("entra", directory, EntraSettings(lanes=1, dialect=dialect), seed=1), send)
    asyncio.run(job.run_cycle(AT))
    assert operations == [
        "probe user", "probe group", "match user", "create user", "match user", "create user", "match group",
        "create group", "set manager", "add member",
    ]  # fmt: skip
    for attributes in ({}, {"jobTitle": "Lead"}, {}):
        directory.update_user(AT, "anna", **attributes)
        operations.clear()
        asyncio.run(job.run_cycle(AT + timedelta(hours=1)))
        settled = ["probe user", "probe group"]
        assert operations == settled + (["read user", "update user"] if attributes else [])


@pytest.mark.parametrize("idp", IDPS)
def test_every_provider_runs_dry(idp: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Some read the target's discovery documents or create objects to test the connection first."""
    assert run_dry(scenario_with("joiner-wave", idp=idp, days=0)) == 0
    assert "POST   /Users" in capsys.readouterr().out


def test_generated_passwords_are_not_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # as it was before
    redact_output()
    run_dry(scenario_with("leaver", idp="okta"))
    shown = re.findall(r'"password":"([^"]*)"', capsys.readouterr().out)
    assert set(shown) == {"[redacted]"}
