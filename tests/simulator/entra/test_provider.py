"""The Entra provider reports Entra's error codes, configures its client, and delays no cycle (docs/notes/entra.md 1.4, 6.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.directory.directory import Directory
from simulator.entra.provider import EntraProvider, connection
from simulator.entra.requests import Dialect
from simulator.entra.settings import EntraSettings
from simulator.mapping.attribute_mapping import AttributeMapping, ObjectMapping
from simulator.mapping.expressions.parser import parse_expression
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.provisioning.request import Request
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine

AT = datetime(2026, 3, 2, tzinfo=UTC)
BODY = {"Operations": [{"op": "replace"}]}


@pytest.mark.parametrize(
    ("dialect", "appended", "path"),
    [
        (Dialect.DEFAULT, True, "/Users/7"),
        (Dialect.AAD_OPT_SCIM_062020, True, "/Users/7?aadOptscim062020"),
        (Dialect.AAD_OPT_SCIM_062020, False, "/Users/7"),
        (Dialect.CUSTOMAPPSSO, True, "/Users/7"),
    ],
)
def test_only_the_url_of_a_request_carries_the_flag(dialect: Dialect, appended: bool, path: str) -> None:
    settings = EntraSettings(dialect=dialect, append_flag_to_requests=appended)
    request = Request("PATCH", "/Users/7", BODY, "update user")
    sent = EntraProvider(Directory(), settings, seed=1).on_wire(request)
    assert sent == Request("PATCH", path, BODY, "update user")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((409, {"detail": "taken"}), "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"),
        ((400, {"detail": "no"}), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        ((401, {}), "Unauthorized"),
        ((500, {}), "InternalServerError"),
        ((201, {}), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
    ],
)
def test_a_failure_has_the_code_of_the_provisioning_log(target: FakeTarget, answer: Any, code: str) -> None:
    target.rule = lambda request: answer if request.method == "POST" else "well"
    engine = Engine(target)
    engine.person("Anna Smith")
    engine.cycle()
    assert (engine.turn().status, engine.turn().error_code) == ("Failure", code)
    assert "\n" not in engine.turn().reason
    assert "secret-token" not in engine.turn().reason


def test_the_connection_test_asks_for_the_matching_attribute_of_the_mapping(target: FakeTarget) -> None:
    row = AttributeMapping("externalId", parse_expression("[objectId]"), 1)
    schema = SynchronizationSchema(ObjectMapping((row,)), ObjectMapping((), enabled=False))
    Engine(target, schema).cycle()
    assert [line.partition("+eq+")[0] for line in target.lines()] == ["GET /scim/Users?filter=externalId"]


def test_the_client_waits_as_long_as_the_setting_says() -> None:
    assert connection(EntraSettings(timeout_seconds=7.0)).timeout_seconds == 7.0
    assert connection(EntraSettings()).timeout_seconds == 100.0


@pytest.mark.parametrize(
    ("knobs", "present", "absent"),
    [
        # MicrosoftDocs/azure-docs#94189 (no Accept), #21660 (ADSCIMVersion), #12728 (charset)
        ({}, ["adscimversion: 5.0", "content-type: application/scim+json; charset=utf-8"], ["accept:", "user-agent:"]),
        ({"accept_header": "scim"}, ["accept: application/scim+json"], []),
        ({"adscimversion_header": "absent"}, [], ["adscimversion:"]),
        ({"content_type_charset": False}, ["content-type: application/scim+json"], ["charset"]),
    ],
)
def test_headers_of_every_request(
    target: FakeTarget, knobs: dict[str, Any], present: list[str], absent: list[str]
) -> None:
    engine = Engine(target, **knobs)
    engine.person("Anna Smith")
    engine.cycle()
    for request in target.received:
        head = [line.lower() for line in request.headers]
        wanted = [line for line in present if request.body or not line.startswith("content-type")]
        assert [line for line in wanted if line not in head] == []
        assert [name for name in absent if any(name in line for line in head)] == []


def test_no_cycle_is_put_off_and_everything_can_be_judged() -> None:
    provider = EntraProvider(Directory(), EntraSettings(), seed=1)
    due = AT + timedelta(minutes=40)
    assert provider.next_cycle_at(due) == due
    assert provider.unjudged == frozenset()
    assert provider.inactive_counts_as_gone is False
