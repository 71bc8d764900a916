"""The schema-driven checks on an unknown resource type: no finding for a correct server, a finding for a wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.check_api.session import Plan
from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.requirements.verdict import Verdict
from conformance.run.collect import Check, collect
from conformance.run.judge import carry_out
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.stream_lines import stream_lines
from tests.warm_process import run_command

DEVICE = "urn:example:params:scim:schemas:2.0:Device"
LEASE = "urn:example:params:scim:schemas:extension:lease:2.0:Device"
LOOPS = "each_attribute"  # the files of the loops


def attribute(name: str, type_: str = "string", **characteristics: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "multiValued": False, "description": name, **characteristics}


def complex_(name: str, *parts: dict[str, Any], **characteristics: Any) -> dict[str, Any]:
    return attribute(name, "complex", subAttributes=list(parts), **characteristics)


def reference(name: str, kind: str, **characteristics: Any) -> dict[str, Any]:
    parts = [attribute("value"), attribute("$ref", "reference", referenceTypes=[kind]), attribute("display")]
    return complex_(name, *parts, **characteristics)


DEVICE_ATTRIBUTES = [
    attribute("serialNumber", required=True, caseExact=True, uniqueness="server"),
    attribute("hostName", uniqueness="global"),
    attribute("purpose", required=True, canonicalValues=["lab", "office", "field"]),
    attribute("assetTag", mutability="immutable"),
    attribute("pin", mutability="writeOnly", returned="never"),
    attribute("location", returned="request"),
    attribute("model", returned="always"),
    attribute("firmware", mutability="readOnly"),
    attribute("bootCount", "integer", mutability="readOnly"),
    attribute("ports", "integer"),
    attribute("price", "decimal"),
    attribute("encrypted", "boolean"),
    attribute("bought", "dateTime"),
    attribute("certificate", "binary", caseExact=True),
    attribute("manual", "reference", referenceTypes=["external"], caseExact=True),
    attribute("labels", multiValued=True),
    attribute("ratings", "integer", multiValued=True),
    complex_(
        "slots",
        attribute("value", caseExact=True),
        attribute("type", canonicalValues=["pci", "usb"]),
        attribute("primary", "boolean"),
        multiValued=True,
    ),
    complex_(
        "screen",
        attribute("width", "integer", required=True),
        attribute("maker", caseExact=True),
        attribute("touch", "boolean"),
        attribute("gauged", "dateTime"),
        attribute("panelId", mutability="readOnly"),
    ),
    reference("owner", "User"),
    reference("sharedBy", "User", multiValued=True),
]
LEASE_ATTRIBUTES = [
    attribute("contract", required=True, caseExact=True),
    attribute("until", "dateTime"),
    attribute("monthly", "decimal"),
    attribute("notes", multiValued=True),
]
DOCUMENTS = [
    {"id": DEVICE, "name": "Device", "description": "Laptops and phones", "attributes": DEVICE_ATTRIBUTES},
    {"id": LEASE, "name": "Lease", "description": "What a device costs", "attributes": LEASE_ATTRIBUTES},
    {
        "id": "Device",
        "name": "Device",
        "endpoint": "/Devices",
        "schema": DEVICE,
        "schemaExtensions": [{"schema": LEASE, "required": True}],
    },
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    folder = tmp_path_factory.mktemp("devices")
    (folder / "schemas").mkdir()
    (folder / "schemas" / "device.json").write_text(json.dumps(DOCUMENTS), "utf-8")
    with embedded_server(data=folder) as running:
        yield running


@pytest.fixture(scope="module")
def loops(server: EmbeddedServer) -> dict[str, Check]:
    """The cases of the loops over the device type, by name."""
    target = discover(Client(server.base_url, server.token))
    return {check.name: check for check in collect(["rfc"], f"{LOOPS} and Device", target=target)}


def run(server: EmbeddedServer, stream: Path, expression: str) -> list[dict[str, Any]]:
    target = ("--url", server.base_url, "--token", server.token)
    run_command("check", *target, "-k", expression, "--stream", str(stream))
    return [event for event in stream_lines(stream) if event["event"] == "check"]


@pytest.mark.slow
def test_no_alarm_on_a_type_with_everything(server: EmbeddedServer, tmp_path: Path) -> None:
    checks = run(server, tmp_path / "run.jsonl", f"{LOOPS} and Device")
    told = [(check["id"], item) for check in checks for item in [check, *check["remarks"]]]
    assert [
        (id_, item["message"], item["got"]) for id_, item in told if item["verdict"] in ("FAIL", "WARN", "UNDECIDED")
    ] == []
    assert len(checks) >= 150


# ── each loop bites ──


def changed(server: Server, request: Request, change: Any) -> Reply:
    """The server's reply with every resource in it changed."""
    return server(request).each_resource(change)


def loses_ports(request: Request, server: Server) -> Reply:
    if request.is_("POST|PUT", "/Devices*"):
        return server(request.with_json({k: v for k, v in request.json.items() if k != "ports"}))
    return server(request)


def shows_decimals_as_text(request: Request, server: Server) -> Reply:
    return changed(server, request, lambda r: {**r, "price": str(r["price"])} if "price" in r else r)


def shows_one_label_without_its_list(request: Request, server: Server) -> Reply:
    return changed(server, request, lambda r: {**r, "labels": r["labels"][0]} if "labels" in r else r)


def moves_moments(request: Request, server: Server) -> Reply:
    return changed(server, request, lambda r: {**r, "bought": r["bought"][:11] + "00:00:00Z"} if "bought" in r else r)


def compares_numbers_as_text(request: Request, server: Server) -> Reply:
    if "ports g" in request.filter:
        return server(request.with_parameters(filter=request.filter.replace("ports g", "ports l")))
    return server(request)


def shows_the_pin(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Devices") and "pin" in request.json:
        server.memory["pin"] = request.json["pin"]
    return changed(server, request, lambda r: {**r, "pin": server.memory["pin"]} if "pin" in server.memory else r)


def takes_another_asset_tag(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(200, request.json) if reply.status == 400 and request.is_("PUT|PATCH", "/Devices/*") else reply


def shows_the_location_unasked(request: Request, server: Server) -> Reply:
    if request.is_("GET", "/Devices/*") and not request.query:
        plain, more = server(request), server(request.with_parameters(attributes="location"))
        return plain.with_json({**plain.json, **more.json, **plain.json}) if plain.ok else plain
    return server(request)


def forgets_the_model_in_projections(request: Request, server: Server) -> Reply:
    return changed(server, request, lambda r: {k: v for k, v in r.items() if k != "model" or not request.query})


def lowers_what_is_case_exact(request: Request, server: Server) -> Reply:
    return changed(server, request, lambda r: {**r, "manual": r["manual"].lower()} if "manual" in r else r)


def takes_a_serial_number_twice(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply.of(201, {**request.json, "id": "twice"}) if reply.status == 409 else reply


def loses_the_lease_by_patch(request: Request, server: Server) -> Reply:
    if any(str(operation.get("path", "")).startswith(LEASE) for operation in request.operations):
        return Reply(204)
    return server(request)


DEFECTS = {
    loses_ports: "test_each_value_is_stored_on_create[Device.ports]",
    shows_decimals_as_text: "test_each_value_is_stored_on_create[Device.price]",
    shows_one_label_without_its_list: "test_each_value_is_replaced_by_put[Device.labels]",
    moves_moments: "test_each_value_is_stored_on_create[Device.bought]",
    compares_numbers_as_text: "test_each_attribute_is_filtered_by_every_operator[Device.ports]",
    shows_the_pin: "test_hidden_values_are_in_no_answer[Device.pin]",
    takes_another_asset_tag: "test_immutable_values_are_set_once[Device]",
    shows_the_location_unasked: "test_what_is_returned_on_request_waits_for_one[Device]",
    forgets_the_model_in_projections: "test_what_is_always_returned_survives_projections[Device]",
    lowers_what_is_case_exact: "test_case_exact_values_keep_their_case[Device.manual]",
    takes_a_serial_number_twice: "test_unique_values_are_taken_once[Device.serialNumber]",
    loses_the_lease_by_patch: f"test_each_value_is_added_replaced_and_removed_by_patch[Device.{LEASE}:until]",
}


@pytest.mark.parametrize("broken", list(DEFECTS), ids=lambda defect: defect.__name__.replace("_", "-"))
def test_a_broken_server_is_found(server: EmbeddedServer, loops: dict[str, Check], broken: Any) -> None:
    with defect_proxy(server.base_url) as proxy:
        client = Client(proxy.add("broken", broken), server.token)
        outcome = carry_out(loops[DEFECTS[broken]], client, discover(client), Plan("schema-driven"))
        assert proxy.errors == []
    told = {finding.verdict or Verdict.FAIL for finding in outcome.findings}
    assert told & {Verdict.FAIL, Verdict.WARN}, outcome.traceback
