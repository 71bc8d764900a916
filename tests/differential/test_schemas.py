"""The schemas we publish beside those of scim2-models: the same attributes, types and cardinalities (RFC 7643 8.7)."""

from __future__ import annotations

from typing import Any

import pytest
from scim2_models import EnterpriseUser, Group, User

from tests.support import ENTERPRISE, GROUP, USER, Scim

COMPARED = ("type", "multiValued")
COMMON = {"id", "externalId", "meta", "schemas"}


def flat(attributes: list[dict[str, Any]], before: str = "") -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for attribute in attributes:
        name = before + attribute["name"]
        found[name] = tuple(attribute.get(characteristic, False) for characteristic in COMPARED)
        found |= flat(attribute.get("subAttributes") or [], f"{name}.")
    return found


@pytest.mark.parametrize(("urn", "model"), [(USER, User), (GROUP, Group), (ENTERPRISE, EnterpriseUser)])
def test_published_attributes_agree(scim: Scim, urn: str, model: Any) -> None:
    ours = flat(scim.get(f"/Schemas/{urn}").json["attributes"])
    theirs = flat(model.to_schema().model_dump(by_alias=True, exclude_none=True, mode="json")["attributes"])
    theirs = {name: value for name, value in theirs.items() if name.partition(".")[0] not in COMMON}
    assert {name: value for name, value in ours.items() if theirs.get(name, value) != value} == {}
    assert theirs.keys() - ours.keys() == set()
