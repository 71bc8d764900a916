"""Schema documents that cannot be used are rejected (RFC 7643 section 7)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reference_server.scim.schema import InvalidSchema, compile_schema


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "id is missing"),
        ({"id": "x"}, "attributes is missing"),
        ({"id": "x", "attributes": [{}]}, "name is missing"),
        ({"id": "x", "attributes": [5]}, "a value has the wrong type"),
        ({"id": "x", "attributes": [{"name": None}]}, "a value has the wrong type"),
        ({"id": "x", "attributes": [{"name": "a", "type": "text"}]}, 'got "text"'),
        ({"id": "x", "attributes": [{"name": "a", "type": None}]}, "got null"),
        ({"id": "x", "attributes": [{"name": "a", "returned": True}]}, "got a boolean"),
        ({"id": "x", "attributes": [{"name": "a"}, {"name": "A"}]}, "declared more than once"),
    ],
    ids=str,
)
def test_schema_that_is_none_is_rejected(document: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSchema, match=re.escape(words)):
        compile_schema(document)
