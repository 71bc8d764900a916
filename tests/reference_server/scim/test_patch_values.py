"""What a PATCH operation makes of a value: elements that a filter describes are created once and whole."""

from __future__ import annotations

from typing import Any

import pytest

from reference_server.scim.errors import ScimError
from tests.reference_server.scim.patching import WORK, anna, patched


@pytest.mark.parametrize("value", ["n@x", True, 5, ["n@x"]], ids=str)
def test_element_from_a_filter_never_loses_its_value(value: Any) -> None:
    """A value that is not an object is rejected or kept; the element is not created without it."""
    try:
        after = patched(anna(emails=[WORK]), {"op": "add", "path": 'emails[type eq "other"]', "value": value})
    except ScimError as refused:
        assert refused.status == 400
    else:
        kept = value[0] if isinstance(value, list) else value  # a list of one is one (tolerance.py)
        assert [e.get("value") for e in after["emails"] if e.get("type") == "other"] == [kept]


def test_element_from_a_filter_is_made_once() -> None:
    change = {"op": "replace", "path": 'emails[value eq "nobody"].value', "value": "n@x"}
    once = patched(anna(emails=[WORK]), change)
    assert patched(once, change) == once
