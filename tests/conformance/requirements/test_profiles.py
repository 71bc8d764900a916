"""Profiles: their folders exist, and each takes the cases that are its own."""

from __future__ import annotations

import pytest

from conformance.requirements.profiles import DEFAULT_PROFILES, PROFILES
from conformance.run.collect import CHECKS, collect


@pytest.mark.parametrize("name", PROFILES)
def test_every_folder_of_a_profile_has_checks(name: str) -> None:
    assert [folder for folder in PROFILES[name].folders if not list((CHECKS / folder).glob("test_*.py"))] == []


def test_a_variant_takes_only_its_own_cases() -> None:
    entra = PROFILES["entra"]
    assert entra.takes("entra", {})
    assert entra.takes("entra", {"dialect": "default"})
    assert not entra.takes("entra", {"dialect": "aadOptscim062020"})
    assert not entra.takes("okta", {})


def test_the_default_run_judges_by_the_rfc_and_by_what_protects_groups_and_leavers() -> None:
    assert DEFAULT_PROFILES[0] == "rfc"
    for name in DEFAULT_PROFILES[1:]:
        found = {check.function for check in collect((name,))}
        assert found == PROFILES[name].essentials, name
        assert len(found) > 10
        whole = {check.function for check in collect((name.partition("-")[0],))}
        assert found < whole
