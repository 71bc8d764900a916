"""Collecting: checks with their ids, in the order of the profiles, whatever pytest options the user has set."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from conformance.requirements.profiles import PROFILES
from conformance.requirements.verdict import Verdict
from conformance.run.collect import BadExpression, collect
from tests.conformance.published import DEVICE_TARGET, TARGET


def test_ids_name_the_profile_where_a_folder_serves_several() -> None:
    found = collect(["rfc", "entra"], "test_3_4_1 or test_joiners")
    assert all(check.id.startswith("rfc7644/test_3_4_1") for check in found if check.profile == "rfc")
    assert all(check.id.startswith("entra:entra/") for check in found if check.profile == "entra")
    assert list(dict.fromkeys(check.profile for check in found)) == ["rfc", "entra"]
    assert len({check.id for check in found}) == len(found)


def test_a_finding_of_a_client_profile_fails() -> None:
    found = collect(["entra"], "test_joiners")
    assert {check.failing for check in found} == {Verdict.FAIL}


def test_only_the_named_functions_are_kept() -> None:
    function = collect(["rfc"], "test_3_4_1")[0].function
    assert {check.function for check in collect(["rfc"], only=frozenset([function]))} == {function}


def test_an_expression_that_cannot_be_read_is_rejected() -> None:
    for expression in ("(((", "patch(only=1)"):
        with pytest.raises(BadExpression):
            collect(["rfc"], expression)
    assert collect(["rfc"], "no_such_check") == []


def test_an_expression_chooses_by_folder_file_case_and_mark() -> None:
    every = {check.id for check in collect(["rfc"])}
    patches = {check.id for check in collect(["rfc"], "rfc7644 and PATCH and not bulk")}
    assert patches == {
        id_ for id_ in every if "rfc7644" in id_ and "patch" in id_.lower() and "bulk" not in id_.lower()
    }
    assert {check.crowd for check in collect(["rfc"], "crowd")} == {True}
    assert all("Device.serial" in check.name for check in collect(["rfc"], "Device.serial", target=DEVICE_TARGET))


def test_pytest_collects_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    collect(PROFILES)
    monkeypatch.setattr(pytest, "main", lambda *_, **__: pytest.fail("pytest collects again"))
    assert len(collect(["rfc"], target=TARGET)) > len(collect(["rfc"]))
    assert collect(["rfc"], "test_3_4_1", target=DEVICE_TARGET)


ODD_NAMES = {"attributes": [{"name": name, "type": "string"} for name in ("bü r[o", "twice", "twice", "a1", "a1")]}


def test_ids_of_odd_attributes_are_ascii_and_differ() -> None:
    """The ids that pytest gives to such values."""
    target = replace(TARGET, schemas={urn: {**schema, **ODD_NAMES} for urn, schema in TARGET.schemas.items()})
    names = [check.name for check in collect(["rfc"], "test_each_attribute_is_filtered", target=target)]
    assert len(names) == len(set(names))
    assert {"b\\xfc r[o", "twice0", "twice1", "a1_0", "a1_1"} == {
        name.partition("[User.")[2].removesuffix("]") for name in names if "[User.urn" not in name and "[User." in name
    }


def test_options_of_the_users_own_tests_do_not_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert collect(["rfc"], "test_3_4_1")
    assert os.environ["PYTEST_ADDOPTS"] == "--no-such-option"
