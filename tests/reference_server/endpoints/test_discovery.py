"""Discovery: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 section 4)."""

from __future__ import annotations

import pytest

from reference_server.settings import Limits
from tests.support import ENTERPRISE, GROUP, USER, Scim


def test_configuration_says_what_the_settings_say(scim: Scim) -> None:
    config, limits = scim.get("/ServiceProviderConfig").json, Limits()
    assert config["bulk"] == {
        "supported": True,
        "maxOperations": limits.max_bulk_operations,
        "maxPayloadSize": limits.max_body_bytes,
    }
    assert config["filter"] == {"supported": True, "maxResults": limits.max_filter_results}
    assert config["meta"]["location"] == f"{scim.server.base_url}/ServiceProviderConfig"


def test_resource_types_and_schemas_are_listed_and_found_by_name(scim: Scim) -> None:
    types = scim.get("/ResourceTypes").json
    assert [held["name"] for held in types["Resources"]] == ["User", "Group"]
    assert scim.get("/ResourceTypes/User").json["schema"] == USER
    listed = {held["id"] for held in scim.get("/Schemas").json["Resources"]}
    assert {USER, GROUP, ENTERPRISE} <= listed
    assert all(scim.get(f"/Schemas/{urn}").json["id"] == urn for urn in listed)


@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
def test_what_cannot_be_found_or_filtered(scim: Scim, path: str) -> None:
    assert scim.get(f"{path}/nonsense").status == 404
    assert scim.get(f"{path}?filter=name+eq+%22x%22").status == 403
