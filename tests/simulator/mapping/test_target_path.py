"""Target paths read any resource without failing (docs/notes/entra.md 5.2)."""

from __future__ import annotations

import pytest

from simulator.entra.default_mapping import default_mapping

DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@pytest.mark.parametrize(
    "resource", [{}, {"emails": "x"}, {"emails": [5, {"type": 5}]}, {"name": []}, {DEPARTMENT.rpartition(":")[0]: 5}]
)
def test_reading_a_hostile_resource_never_fails(resource: dict[str, object]) -> None:
    wanted = {'emails[type eq "work"].value': "x", "name.givenName": "G", DEPARTMENT: "S"}
    assert [change.exists for change in default_mapping("user").differences(wanted, resource)] == [False, False, False]
