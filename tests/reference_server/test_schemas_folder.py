"""Files of custom schemas that cannot be used get one line that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reference_server.embedded import ServerDidNotStart, embedded_server
from tests.reference_server.device_schema import DEVICE_SCHEMA, DEVICE_TYPE, attribute, drop


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "schemas/bad.json: invalid JSON"),
        ({"id": 1}, "schemas/bad.json: expected a schema"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("x", "number")]}, "x: type: expected one of"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("x"), attribute("X")]}, "X is declared more than once"),
        ({**DEVICE_SCHEMA, "attributes": [attribute("bad name")]}, "a name can contain only letters"),
        (DEVICE_TYPE, "Device"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "endpoint": "/Bulk"}], "endpoint"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "endpoint": "/users"}], "is already used by User"),
        ([DEVICE_SCHEMA, {**DEVICE_TYPE, "indexes": ["nothing"]}], "indexes: nothing is not an attribute"),
    ],
)
def test_bad_files_are_reported_in_one_line(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(ServerDidNotStart) as told, embedded_server(data=drop(tmp_path, bad=document)):
        pass
    assert words in str(told.value)
    assert "schemas/bad.json" in str(told.value)
