"""Settings of a target: types, variables from the environment, and no secrets. Mistakes with their lines: test_waivers."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.settings.target_settings import SETTINGS, Refused, read_settings


def test_variables_come_from_the_environment() -> None:
    found = read_settings({"url": "https://${HOST}/scim/", "headers": {"X-Key": "${KEY}"}}, {"HOST": "h", "KEY": "k"})
    assert found == {"url": "https://h/scim", "headers": ("X-Key: k",)}


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_rejects_what_has_another_type(key: str) -> None:
    with pytest.raises(Refused) as refused:
        read_settings({key: [[]]}, {})
    assert refused.value.key == key


@pytest.mark.parametrize("content", [{"client_secret": "x"}, {"headers": {"Authorization": "${T}"}}])
def test_a_secret_is_rejected_without_showing_it(content: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="must not be in a file"):
        read_settings(content, {"T": "t"})
