"""Sample values are read back whatever the server made of them."""

from __future__ import annotations

from conformance.topics.samples import HOME, WORK, ids, mails, member, members, replaced


def test_values_are_read_back() -> None:
    assert mails({"emails": [WORK, {**HOME, "value": "HOME@check.example"}, "junk"]}) == {
        "work": "work@check.example",
        "home": "home@check.example",
    }
    assert mails({}) == {}
    assert members({"members": [{"value": "2"}, {"value": "1"}]}) == ["1", "2"]
    assert ids({"id": "2"}, {"id": "1"}) == ["1", "2"]
    assert member({"id": "1"}) == {"value": "1"}
    assert replaced("x") == {"op": "replace", "path": "displayName", "value": "x"}
