"""Other people's SCIM clients before the judge: every finding is reviewed, with the sentence that decides it."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

import conformance
from tests.support import ROOT

REVIEWED = ROOT / "tests" / "conformance" / "client" / "reviewed.csv"
SCIM_NODE = Path(__file__).with_name("clients") / "scim_node.js"
OF_SCIM_NODE = (
    "lost-reply-on-create",
    "lost-reply-on-update",
    "too-many-requests",
    "exists-already",
    "demands-if-match",
    "no-configuration",
    "unknown-attributes",
    "names-in-another-case",
    "unusual-ids",
    "moved-permanently",
    "leads-elsewhere",
)
SITUATIONS = ("unknown-attributes", "names-in-another-case", "no-content", "unusual-ids", "leads-elsewhere")
SOME = ("unknown-attributes", "leads-elsewhere")


def life(url: str, token: str) -> None:
    """Bring one user with scim2-client, and deactivate the user."""
    from scim2_client.engines.httpx2 import SyncSCIMClient
    from scim2_models import PatchOp, PatchOperation, Path, SearchRequest

    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:
        client: Any = SyncSCIMClient(http)
        client.discover()
        model = client.get_resource_model("User")
        query: Any = SearchRequest.model_validate({"filter": 'userName eq "anna@example.com"'})
        found = client.query(model, query_parameters=query).resources
        user = (
            found[0] if found else client.create(model(user_name="anna@example.com", display_name="Anna", active=True))
        )
        if user.active:
            operation: Any = PatchOperation(op=PatchOperation.Op.replace_, path=Path("active"), value=False)
            change: Any = PatchOp.__class_getitem__(model)
            client.modify(model, user.id, change(operations=[operation]))


def expect_only_what_was_reviewed(client: str, result: conformance.CheckResult) -> None:
    rows = csv.DictReader(REVIEWED.read_text("utf-8").splitlines())
    known = {row["rule"] for row in rows if row["client"] == client}
    found = {check["name"]: check["message"] for check in result.checks if check["verdict"] in ("FAIL", "WARN")}
    assert {name: message for name, message in found.items() if name not in known} == {}
    assert known == set(found)
    assert sum(check["verdict"] == "PASS" for check in result.checks) >= 30


@pytest.mark.slow
@pytest.mark.parametrize("names", [SOME, pytest.param(SITUATIONS, marks=pytest.mark.full)], ids=["some", "every one"])
def test_scim2_client_shows_only_what_was_reviewed(names: tuple[str, ...]) -> None:
    expect_only_what_was_reviewed("scim2-client", conformance.check_client(life, situations=names))


@pytest.mark.slow
def test_scim_node_shows_only_what_was_reviewed() -> None:
    """A client from npm: `npm install --ignore-scripts scim-node@2.2.2`, with NODE_PATH set to its folder node_modules."""
    node = shutil.which("node")
    if node is None or subprocess.run([node, "-e", "require('scim-node')"], capture_output=True).returncode:
        pytest.skip("no scim-node on this machine")

    def run(url: str, token: str) -> None:
        environment = {**os.environ, "SCIM_URL": url, "SCIM_TOKEN": token}
        subprocess.run([node, str(SCIM_NODE)], env=environment, capture_output=True, check=True, timeout=60)

    expect_only_what_was_reviewed("scim-node", conformance.check_client(run, situations=OF_SCIM_NODE))
