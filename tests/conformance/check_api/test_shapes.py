"""JSON types of common attributes: what is odd is named with its path."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.check_api.shapes import misshapen

USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "1",
    "active": True,
    "name": {"givenName": "A"},
    "emails": [{"value": "a@b.example", "primary": True}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "2"}},
    "meta": {"resourceType": "User"},
    "unknown": [1, None],
}


def test_a_user_as_the_rfc_has_it_is_in_shape() -> None:
    assert misshapen([USER, {"totalResults": 1, "Resources": [USER]}]) is None


@pytest.mark.parametrize(
    ("change", "path", "got"),
    [
        ({"name": "A B"}, "name", "'A B'"),
        ({"name": {"givenName": 7}}, "name.givenName", "7"),
        ({"emails": {"value": "a"}}, "emails", "{'value': 'a'}"),
        ({"emails": [None]}, "emails", "None"),
        ({"emails": [{"primary": "true"}]}, "emails.primary", "'true'"),
        ({"schemas": [1]}, "schemas", "1"),
        ({"active": "True"}, "active", "'True'"),
        ({"id": None}, "id", "None"),
        ({"urn:a": []}, "urn:a", "[]"),
        ({"totalResults": True}, "totalResults", "True"),
    ],
)
def test_a_value_of_another_type_is_named(change: dict[str, Any], path: str, got: str) -> None:
    found = misshapen([USER, {**USER, **change}])
    assert found is not None
    assert (found.message.partition(" does ")[0], found.got) == (path, got)


@pytest.mark.parametrize("body", [[USER], "text", 7])
def test_a_body_that_is_no_object_is_odd(body: Any) -> None:
    found = misshapen([body])
    assert found is not None
    assert found.message.startswith("the response body")


def test_a_resource_type_of_the_targets_own_decides_about_its_attributes() -> None:
    agent = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Agent"], "id": "1", "name": "helper", "roles": "any"}
    assert misshapen([agent, {"totalResults": 1, "Resources": [agent]}]) is None
    found = misshapen([{**agent, "id": 1}])
    assert found is not None
    assert (str(found).split()[0], found.got) == ("id", "1")
