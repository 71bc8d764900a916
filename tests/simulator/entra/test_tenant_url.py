"""The flag in the query of a tenant URL (docs/notes/entra.md 1.2)."""

from __future__ import annotations

import pytest

from simulator.entra.tenant_url import chooses_optimised, without_flag


@pytest.mark.parametrize(
    ("url", "bare", "chooses"),
    [
        ("https://host/scim", "https://host/scim", False),
        ("https://host/scim?aadOptscim062020", "https://host/scim", True),
        ("https://host/scim?a=1&aadOptscim062020&b=2", "https://host/scim?a=1&b=2", True),
    ],
)
def test_the_flag_is_read_from_the_url(url: str, bare: str, chooses: bool) -> None:
    assert without_flag(url) == bare
    assert chooses_optimised(url) is chooses
