"""References are followed below the base URL, and nowhere else."""

from __future__ import annotations

import pytest

from conformance.check_api.session import Plan, Session
from conformance.target.client import Client
from conformance.target.discovery import Target
from conformance.topics.references import url_of

BASE = "https://host/scim/v2"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("Users/1", f"{BASE}/Users/1"),
        ("../v2/Users/1", f"{BASE}/Users/1"),
        ("/Users/1", f"{BASE}/Users/1"),
        ("/scim/v2/Users/1", f"{BASE}/Users/1"),
        (f"{BASE}/Users/1", f"{BASE}/Users/1"),
        ("https://other/scim/v2/Users/1", f"{BASE}/Users/1"),
        ("https://host/elsewhere/1", None),
        ("../../1", None),
    ],
)
def test_a_reference_is_resolved_below_the_base_url(reference: str, url: str | None) -> None:
    scim = Session(Client(BASE, None), Target(base_url=BASE), Plan("run1"))
    assert url_of(scim, reference) == url
    assert bool(scim.remarks) is reference.startswith("https://other")
