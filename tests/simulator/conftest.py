"""A fresh target for each test of the engine; Hypothesis does not judge the speed of the machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fake_target import FakeTarget, fake_target

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture
def target() -> Iterator[FakeTarget]:
    with fake_target() as started:
        yield started
