"""Sample values are read back whatever the server made of them."""

from __future__ import annotations

from conformance.topics.samples import address, addresses, ids, mails, member, members, replaced
from tests.conformance.topics.sessions import session


def test_values_are_read_back() -> None:
    work, home, _ = addresses(session())
    held = {"emails": [work, {**home, "value": home["value"].upper()}, "junk"]}
    assert mails(held) == {"work": work["value"], "home": home["value"]}
    assert mails({}) == {}
    assert members({"members": [{"value": "2"}, {"value": "1"}]}) == ["1", "2"]
    assert ids({"id": "2"}, {"id": "1"}) == ["1", "2"]
    assert member({"id": "1"}) == {"value": "1"}
    assert replaced("x") == {"op": "replace", "path": "displayName", "value": "x"}


def test_no_two_addresses_are_the_same() -> None:
    scim = session()
    made = [one["value"] for _ in range(2) for one in addresses(scim)] + [address(scim), address(scim)]
    assert len(set(made)) == len(made) == 8
    assert all("scimulator-check" in value for value in made)
