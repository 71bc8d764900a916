"""Names in a filter: a resource type's attributes, or the parts of one attribute, and the index that serves them."""

from __future__ import annotations

import pytest

from reference_server.scim.names import ElementNames, ResourceNames
from reference_server.scim.resource_type import resource_types

USER, GROUP = (resource_types().by_name[name] for name in ("User", "Group"))
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("USERNAME", "userName"),
        (f"{USER.schema.id}:userName", "userName"),
        ("id", "id"),
        ("title", None),
        (f"{ENTERPRISE}:department", None),
    ],
)
def test_index_of_a_name(name: str, index: str | None) -> None:
    names = ResourceNames(USER)
    found = names.find(name)
    assert found is not None
    assert names.index_name(found) == index


def test_names_that_are_read_are_noted() -> None:
    names = ResourceNames(USER)
    for name in ("userName", f"{ENTERPRISE}:manager.value", "nonsense"):
        names.find(name)
    assert names.read == {"username", ENTERPRISE.lower()}


def test_names_of_other_types_are_known_in_a_query_over_several() -> None:
    assert ResourceNames(USER).find("members") is None
    assert ResourceNames(USER, (GROUP,)).find("members") is not None


def test_parts_of_an_attribute() -> None:
    emails = ElementNames(USER.attributes["emails"])
    assert emails.find("TYPE") is not None
    assert emails.find("userName") is None
    primary = ResourceNames(USER).find("emails.primary")
    assert primary is not None
    assert ResourceNames(USER).is_primary(primary)
