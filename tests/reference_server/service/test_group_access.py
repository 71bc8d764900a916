"""Access comes from group mappings, and from nothing that a provider writes into a user."""

from __future__ import annotations

from reference_server.service.group_access import granted
from tests.support import Scim


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


NO_GRANTS: dict[str, list[str]] = {"roles": [], "sites": [], "boards": []}


def test_grants_are_the_union_of_the_groups() -> None:
    groups = [{"value": "g1", "display": "Sales"}, {"value": "g2", "display": "Legal"}]
    mappings = {
        "Sales": {"roles": ["seller"], "sites": ["Oslo"]},
        "g2": {"roles": ["counsel", "seller"]},
        "g3": {"roles": ["no"]},
    }
    assert granted(groups, mappings) == {"roles": ["counsel", "seller"], "sites": ["Oslo"], "boards": []}
    assert granted(groups, None) == NO_GRANTS
