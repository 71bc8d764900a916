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
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
PAGE = {"schemas": [f"{MESSAGES}ListResponse"], "totalResults": 1}


def test_a_user_as_the_rfc_has_it_is_in_shape() -> None:
    assert misshapen([USER, {**PAGE, "Resources": [USER]}]) is None
    assert misshapen([{**PAGE, "totalResults": 0}, {**PAGE, "itemsPerPage": 0}]) is None
    assert misshapen([{"schemas": [f"{MESSAGES}Error"], "status": "400"}]) is None


@pytest.mark.parametrize(
    ("change", "path", "got"),
    [
        ({"name": "A B"}, "name", '"A B"'),
        ({"name": {"givenName": 7}}, "name.givenName", "7"),
        ({"emails": {"value": "a"}}, "emails", '{"value": "a"}'),
        ({"emails": [None]}, "emails", "null"),
        ({"emails": [{"primary": "true"}]}, "emails.primary", '"true"'),
        ({"schemas": [1]}, "schemas", "1"),
        ({"active": "True"}, "active", '"True"'),
        ({"id": None}, "id", "null"),
        ({"urn:a": []}, "urn:a", "[]"),
        ({"totalResults": True}, "totalResults", "true"),
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
    own = {agent["schemas"][0].lower()}
    assert misshapen([agent, {**PAGE, "Resources": [agent]}], own) is None
    found = misshapen([{**agent, "id": 1}], own)
    assert found is not None
    assert (str(found).split()[0], found.got) == ("id", "1")


@pytest.mark.parametrize("schemas", [[""], ["odd"], [], None, [None]])
def test_odd_schemas_excuse_no_other_odd_value(schemas: Any) -> None:
    """Only a type that the target publishes has attributes of its own."""
    found = misshapen([{"status": "400", "scimType": {"odd": None}, "schemas": schemas}], {"urn:example:agent"})
    assert found is not None
    assert found.message.startswith("scimType")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({name: value for name, value in USER.items() if name != "schemas"}, "schemas is missing"),
        ({name: value for name, value in USER.items() if name != "id"}, "id is missing"),
        ({**PAGE, "Resources": [{"schemas": USER["schemas"]}]}, "id is missing"),
        ({"detail": "no"}, "schemas is missing"),
        ({"schemas": [f"{MESSAGES}Error"], "detail": "no"}, "status is missing"),
        ({"schemas": [f"{MESSAGES}BulkResponse"]}, "Operations is missing"),
        ({"schemas": PAGE["schemas"], "Resources": [USER]}, "totalResults is missing"),
        (PAGE, "Resources is missing"),
        ({"schemas": ["odd"], "startIndex": 1}, "schemas has no known URN"),
        ({}, "schemas is missing"),
    ],
)
def test_what_every_representation_has_must_be_there(body: dict[str, Any], message: str) -> None:
    found = misshapen([USER, body])
    assert found is not None
    assert found.message.startswith(message)


def test_discovery_documents_have_names_and_need_no_schemas() -> None:
    attribute = {"name": "title", "type": "string", "multiValued": False, "subAttributes": []}
    assert misshapen([{**PAGE, "Resources": [{"id": "urn:a", "name": "User", "attributes": [attribute]}]}]) is None
    assert misshapen([{"name": "User", "endpoint": "/Users", "schema": "urn:a"}]) is None
    assert misshapen([{"patch": {"supported": True}, "authenticationSchemes": [{"name": "OAuth"}]}]) is None
    found = misshapen([{"name": "User", "attributes": [{**attribute, "mutability": {}}]}])
    assert found is not None
    assert found.message.startswith("attributes.mutability")
