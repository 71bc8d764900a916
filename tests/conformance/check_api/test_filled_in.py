"""A PUT sends immutable values that were only filled in as they are stored; a value of the check's own stays."""

from __future__ import annotations

from conformance.check_api.filled_in import FilledIn
from conformance.target.discovery import USER_URN, Target

BASE = "http://127.0.0.1:9/scim"
TARGET = Target(
    resource_types=[{"name": "User", "endpoint": "/Users", "schema": USER_URN}],
    schemas={USER_URN: {"id": USER_URN, "attributes": [{"name": "badge", "mutability": "immutable"}]}},
)


def test_filled_in_values_are_sent_as_stored() -> None:
    filled = FilledIn(TARGET, BASE)
    filled.remembered("User", {"badge": "one"})
    filled.remembered("User", {"badge": "two"})
    filled.learn(f"{BASE}/Users/1", {"badge": "one", "meta": {"resourceType": "User"}})
    assert filled.as_stored("/Users/1", {"badge": "two"}) == {"badge": "one"}
    assert filled.as_stored("/Users/1", {"badge": "of the check"}) == {"badge": "of the check"}
    assert filled.as_stored("/Users/2", {"badge": "two"}) == {"badge": "two"}
    assert filled.as_stored("/Users/1", "no object") == "no object"


def test_the_value_of_another_resource_is_sent_as_it_is() -> None:
    filled = FilledIn(TARGET, BASE)
    for number in ("one", "two"):
        filled.remembered("User", {"badge": number})
        filled.learn(f"{BASE}/Users/{number}", {"badge": number})
    assert filled.as_stored("/Users/one", {"badge": "two"}) == {"badge": "two"}
