"""Schema documents that cannot be used are rejected (RFC 7643 section 7)."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.schema import InvalidSchema, compile_schema


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": "x"},
        {"id": "x", "attributes": [{"name": "a", "type": "text"}]},
        {"id": "x", "attributes": [{"name": "a"}, {"name": "A"}]},
    ],
)
def test_schema_that_is_none_is_rejected(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidSchema):
        compile_schema(document)
