"""The OpenAPI document that is made from discovery is valid, also for broken discovery."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from conformance.fuzz.openapi import openapi_document
from conformance.target.client import Client
from conformance.target.discovery import USER_URN, Target, discover
from reference_server.embedded import EmbeddedServer
from tests.conformance.fuzz.fuzz_runs import HOSTILE


def assert_valid(document: dict[str, Any]) -> None:
    """Valid OpenAPI 3.1, and every component valid JSON Schema 2020-12."""
    assert [error.message for error in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document)] == []
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    ids = [held["operationId"] for path in document["paths"].values() for m, held in path.items() if m != "parameters"]
    assert len(ids) == len(set(ids))


def test_document_of_the_reference_server_is_valid_and_complete(shared_server: EmbeddedServer) -> None:
    client = Client(shared_server.base_url, shared_server.token)
    target = discover(client)
    document = openapi_document(target, client.base_url)
    assert_valid(document)
    assert set(document["paths"]["/Users/{id}"]) == {"parameters", "get", "put", "patch", "delete"}
    assert {"/Users/.search", "/Groups", "/Bulk", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} <= set(
        document["paths"]
    )
    links = document["paths"]["/Users"]["post"]["responses"]["201"]["links"]
    assert set(links) == {"readUser", "replaceUser", "patchUser", "deleteUser"}
    assert links["readUser"]["parameters"] == {"id": "$response.body#/id"}
    schemas = document["components"]["schemas"]
    for attribute in target.schemas[USER_URN]["attributes"]:
        assert attribute["name"] in schemas["User"]["properties"]
        assert (attribute["name"] in schemas["UserSent"]["properties"]) == (attribute["mutability"] != "readOnly")
    assert "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User" in schemas["UserSent"]["properties"]
    assert schemas["User"]["properties"]["active"]["type"] == ["boolean", "null"]
    kind = schemas["UserSent"]["properties"]["emails"]["items"]["properties"]["type"]
    assert kind["examples"] == ["work", "home", "other"]
    assert "enum" not in kind


@pytest.mark.parametrize("target", HOSTILE.values(), ids=HOSTILE)
def test_document_of_a_broken_discovery_is_valid(target: Target) -> None:
    document = openapi_document(target, "http://127.0.0.1/scim")
    assert_valid(document)
    json.dumps(document)
