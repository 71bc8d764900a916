"""Target paths read any resource without failing (docs/notes/entra.md 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.target_path import PathError, is_exported_at_creation, parse_path, put, value_at

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@pytest.mark.parametrize(
    "resource", [{}, {"emails": "x"}, {"emails": [5, {"type": 5}]}, {"name": []}, {DEPARTMENT.rpartition(":")[0]: 5}]
)
def test_reading_a_hostile_resource_never_fails(resource: dict[str, object]) -> None:
    wanted = {'emails[type eq "work"].value': "x", "name.givenName": "G", DEPARTMENT: "S"}
    assert [change.exists for change in default_mapping("user").differences(wanted, resource)] == [False, False, False]


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("roles[primary eq true].value", {"roles": [{"primary": True, "value": "x"}]}),  # seen in public mappings
        ('roles[primary eq "True"].value', {"roles": [{"primary": True, "value": "x"}]}),  # CUST
        ("emails[primary eq false].value", {"emails": [{"primary": False, "value": "x"}]}),
        ("custom:country", {"custom:country": "x"}),  # the name in Immuta's log entry
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", {"title": "x"}),
    ],
)
def test_a_path_writes_where_it_reads(path: str, resource: dict[str, Any]) -> None:
    assert value_at(resource, path) == "x"
    made: dict[str, Any] = {}
    put(made, path, "x")
    assert value_at(made, path) == "x"


def test_core_urn_is_read_where_entra_writes_it() -> None:
    """zulip/zulip#39773: the POST has the attribute below the URN; servers answer with either."""
    core = "urn:ietf:params:scim:schemas:core:2.0:User"
    assert value_at({core: {"role": "owner"}}, f"{core}:role") == "owner"
    assert value_at({"role": "owner"}, f"{core}:role") == "owner"
    assert value_at({core: "?"}, f"{core}:role") is None


@pytest.mark.parametrize("path", ["urn:x", "a b", "a[b eq c].d", "a[b eq true", "custom:", ":country"])
def test_other_texts_are_no_target_paths(path: str) -> None:
    with pytest.raises(PathError):
        parse_path(path)


@pytest.mark.parametrize(
    ("path", "exported"),
    [
        # CUST, "Provisioning a custom extension attribute": the pattern that names must follow; Immuta: others are late
        ("userName", True),
        ('emails[type eq "work"].value', True),
        (DEPARTMENT, True),
        ("urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:CustomAttribute", True),
        ("urn:ietf:params:scim:schemas:core:2.0:User:role", True),
        ("custom:country", False),
        ("costCode", False),
        ("urn:example:params:scim:schemas:extension:Badge:2.0:User:tag", False),
        ("urn:ietf:params:scim:schemas:extension:Badge:1.0:User:tag", False),
    ],
)
def test_names_outside_the_pattern_are_not_exported_at_creation(path: str, exported: bool) -> None:
    assert is_exported_at_creation(path) is exported
