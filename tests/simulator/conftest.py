"""A fresh target for each test of the engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_target import FakeTarget, fake_target


@pytest.fixture
def target() -> Iterator[FakeTarget]:
    with fake_target() as started:
        yield started
