"""Other people's SCIM clients before the judge: every finding is reviewed, with the sentence that decides it."""

from __future__ import annotations

import csv
from typing import Any

import httpx2
import pytest

import conformance
from tests.support import ROOT

REVIEWED = ROOT / "tests" / "conformance" / "client" / "reviewed.csv"
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


@pytest.mark.slow
@pytest.mark.parametrize("names", [SOME, pytest.param(SITUATIONS, marks=pytest.mark.full)], ids=["some", "every one"])
def test_scim2_client_shows_only_what_was_reviewed(names: tuple[str, ...]) -> None:
    result = conformance.check_client(life, situations=names)
    rows = csv.DictReader(REVIEWED.read_text("utf-8").splitlines())
    known = {row["rule"] for row in rows if row["client"] == "scim2-client"}
    found = {check["name"]: check["message"] for check in result.checks if check["verdict"] in ("FAIL", "WARN")}
    assert {name: message for name, message in found.items() if name not in known} == {}
    assert known == set(found)
    assert sum(check["verdict"] == "PASS" for check in result.checks) >= 30
