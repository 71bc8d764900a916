"""Servers and visitors that the tests of several folders need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from reference_server.clock import VirtualClock
from reference_server.embedded import embedded_server
from tests.in_process import house
from tests.reference_server.support import Start, Visitor
from tests.support import MONDAY, Scim


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with embedded_server() as server:
        yield Visitor(server)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    @contextmanager
    def started(*rules: dict[str, Any], **more: Any) -> Iterator[Scim]:
        file = tmp_path / "faults.yaml"
        file.write_text(yaml.safe_dump({"seed": 4711, **more, "faults": list(rules)}))
        with embedded_server(arguments=["--faults", str(file)]) as server:
            yield Scim(server)

    return started


@pytest.fixture
def at() -> Any:
    with house(VirtualClock(MONDAY)) as found:
        yield found
