"""What follows from a resource type and its schemas: unique names, references, relations."""

from __future__ import annotations

from reference_server.scim.resource_type import ResourceTypes, resource_types

USER = resource_types().by_name["User"]


GROUP = resource_types().by_name["Group"]


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_what_follows_from_a_schema_is_found() -> None:
    types: ResourceTypes = resource_types()
    assert USER.unique == ("userName",)
    assert [a.name for a in GROUP.relations] == ["members"]
    assert [a.name for a in USER.inverse] == ["groups"]
    assert [(urn, a.name) for urn, a in USER.references] == [(ENTERPRISE, "manager")]
    assert set(types.by_endpoint) == {"/Users", "/Groups"}
