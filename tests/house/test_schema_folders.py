"""The ready-made schema folders of the docs: a server serves them, and the suite checks their resource types as any other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import EmbeddedServer, embedded_server
from tests.support import ROOT, Scim
from tests.warm_process import run_command

FOLDERS = ROOT / "docs" / "examples" / "schemas"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
TYPES = {
    "Agent": "/Agents",
    "AgenticApplication": "/AgenticApplications",
    "Device": "/Devices",
    "Entitlement": "/Entitlements",
    "Role": "/Roles",
}
# A few checks of each kind: creating, reading by filter, changing, and what the schemas declare.
QUICK = "test_3_3_creating or keeps_their_case or filtered_by_every_operator or keep_their_case or test_3_6_deleting"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """All folders in one, as docs/schemas.md says."""
    folder = tmp_path_factory.mktemp("schemas")
    for path in FOLDERS.rglob("*.json"):
        shutil.copy(path, folder / path.name)
    with embedded_server(arguments=["--schemas", str(folder)]) as running:
        yield running


@pytest.mark.parametrize("path", sorted(FOLDERS.iterdir()), ids=lambda path: path.name)
def test_each_folder_is_served_by_itself(path: Path, server: EmbeddedServer) -> None:
    """No folder needs another one: what its resource types name is in it, or built in."""
    documents = [each for file in path.glob("*.json") for each in json.loads(file.read_text("utf-8"))]
    types = [each for each in documents if "endpoint" in each]
    ids = {each["id"] for each in documents}
    named = {each["schema"] for each in types} | {
        extension["schema"] for each in types for extension in each.get("schemaExtensions", [])
    }
    assert types
    assert named <= ids
    shown = {each["name"]: each["endpoint"] for each in Scim(server).get("/ResourceTypes").json["Resources"]}
    assert {each["name"]: each["endpoint"] for each in types}.items() <= shown.items()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("AgenticApplication", {"name": "portal", "oAuthConfiguration": [{"redirectUri": ["https://a.example/back"]}]}),
        ("Agent", {"name": "helper", "protocols": [{"type": "A2A", "specificationUrl": "https://a.example/card"}]}),
        ("Device", {"active": True, "displayName": "Sensor", "mudUrl": "https://a.example/mud.json"}),
        ("Role", {"value": "lead", "supported": True, "contains": ["member"]}),
        ("Entitlement", {"value": "seat", "totalAssignmentsPermitted": 5}),
    ],
)
def test_a_resource_of_each_type_is_stored(server: EmbeddedServer, name: str, body: dict[str, Any]) -> None:
    scim = Scim(server)
    reply = scim.request("POST", TYPES[name], {"schemas": [CORE + name], **body})
    assert reply.status == 201, reply.body
    stored = scim.get(f"{TYPES[name]}/{reply.json['id']}").json
    assert {key: stored[key] for key in body} == body
    assert stored["meta"]["resourceType"] == name


def test_names_are_unique_and_a_voucher_is_never_returned(server: EmbeddedServer) -> None:
    scim = Scim(server)
    agent = {"schemas": [CORE + "Agent"], "name": "only-one"}
    assert [scim.request("POST", "/Agents", agent).status for _ in range(2)] == [201, 409]
    urn = "urn:ietf:params:scim:schemas:extension:fido-device-onboard:2.0:Device"
    device = {"schemas": [CORE + "Device", urn], "active": True, urn: {"fdoVoucher": "secret-voucher"}}
    made = scim.request("POST", "/Devices", device)
    assert made.status == 201, made.body
    assert b"secret-voucher" not in made.body + scim.get(f"/Devices/{made.json['id']}").body


@pytest.mark.slow
@pytest.mark.parametrize("selection", [["-k", QUICK], pytest.param([], marks=pytest.mark.full)], ids=["quick", "whole"])
def test_the_suite_checks_them_without_an_alarm(server: EmbeddedServer, tmp_path: Path, selection: list[str]) -> None:
    names = [word for name in TYPES for word in ("--resource-type", name)]
    environment = {**os.environ, "SCIM_URL": server.base_url, "SCIM_TOKEN": server.token}
    options = ["--profile", "rfc", "--no-crowd", "--no-fuzz", "--json", "report.json", *names, *selection]
    done = run_command("check", *options, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    checks = json.loads((tmp_path / "report.json").read_text("utf-8"))["checks"]
    passed = [each["id"] for each in checks if each["verdict"] == "PASS"]
    assert [name for name in TYPES if not any(f"[{name}" in id_ for id_ in passed)] == []
