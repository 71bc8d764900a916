"""Values fit the attribute they are made for."""

from __future__ import annotations

import base64
from datetime import datetime
from random import Random
from typing import Any

import pytest

from conformance.model.definitions import Definition, named, points_at_a_resource
from conformance.model.reading import read_value
from conformance.values.any_value import another_value, any_value
from tests.conformance.published import DEVICES, GROUPS, USERS

ALL = [(urn, one) for known in (USERS, GROUPS, DEVICES) for urn, one in known.every()]


def definition(name: str, of: Any = USERS) -> Definition:
    found = named(of.core_attributes, name)
    assert found is not None
    return found


@pytest.mark.parametrize(("urn", "attribute"), ALL, ids=[one["name"] for _, one in ALL])
@pytest.mark.parametrize("seed", range(5))
def test_the_model_has_no_fault_to_find_with_a_value(urn: str, attribute: Definition, seed: int) -> None:
    value = any_value(attribute, Random(seed))
    if not points_at_a_resource(attribute):
        reading = read_value({**attribute, "mutability": "readWrite"}, value)
        assert reading.refused == frozenset()
        assert value in reading.stored


def test_the_same_seed_gives_the_same_value() -> None:
    emails = definition("emails")
    assert any_value(emails, Random(3), mark="m") == any_value(emails, Random(3), mark="m")


@pytest.mark.parametrize("seed", range(20))
def test_elements_have_types_of_their_own_and_one_primary(seed: int) -> None:
    emails = any_value(definition("emails"), Random(seed))
    kinds = [one["type"] for one in emails]
    assert len(kinds) == len(set(kinds))
    assert [one["primary"] for one in emails] == [True, False][: len(emails)]


def test_elements_without_a_type_have_values_of_their_own() -> None:
    certificates = dict(definition("x509Certificates"))
    certificates["subAttributes"] = [one for one in certificates["subAttributes"] if one["name"] != "type"]
    lists = [any_value(certificates, Random(seed)) for seed in range(40)]
    assert {len(one) for one in lists} == {1, 2}
    assert all(len({element["value"] for element in one}) == len(one) for one in lists)


def test_unique_values_carry_the_mark_and_differ() -> None:
    random = Random(1)
    names = {any_value(definition("userName"), random, mark="me") for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith("me-") and name.endswith("@check.example") for name in names)
    assert any_value(definition("serial", DEVICES), random, mark="me").startswith("me-")


def test_kinds_have_their_own_form() -> None:
    random = Random(1)
    assert isinstance(any_value(definition("ports", DEVICES), random), int)
    assert isinstance(any_value(definition("weight", DEVICES), random), float)
    assert isinstance(any_value(definition("locked", DEVICES), random), bool)
    assert datetime.fromisoformat(any_value(definition("bought", DEVICES), random)).tzinfo is not None
    assert base64.b64decode(any_value(definition("firmware", DEVICES), random), validate=True)
    certificate = any_value(definition("x509Certificates"), random)[0]["value"]
    assert base64.b64decode(certificate, validate=True)[0] == 0x30  # a DER sequence
    assert any_value(definition("phoneNumbers"), random)[0]["value"].startswith("tel:+1-")


def test_an_empty_list_of_canonical_values_leaves_nothing_to_choose() -> None:
    kind: Definition = {"name": "type", "type": "string", "canonicalValues": []}
    value: Definition = {"name": "value", "type": "string"}
    roles: Definition = {"name": "roles", "type": "complex", "multiValued": True, "subAttributes": [value, kind]}
    assert all(set(one) == {"value"} for one in any_value(roles, Random(1)))


@pytest.mark.parametrize(("urn", "attribute"), ALL, ids=[one["name"] for _, one in ALL])
def test_another_value_differs(urn: str, attribute: Definition) -> None:
    random = Random(7)
    value = any_value(attribute, random)
    if value not in ({}, [], [{}]):
        assert another_value(attribute, value, random) != value


def test_there_is_no_other_value_where_only_one_fits() -> None:
    only: Definition = {"name": "kind", "type": "string", "canonicalValues": ["one"]}
    with pytest.raises(ValueError, match="kind"):
        another_value(only, "one", Random(1))
