"""Fault profiles: presets, and one line for a profile that cannot be used."""

from __future__ import annotations

import pytest

from reference_server.faults.profile import UnfitProfile, load_profile, parse_profile
from tests.support import Command


@pytest.mark.parametrize("preset", ["lost-replies", "throttled"])
def test_presets_are_fit(preset: str) -> None:
    assert load_profile(preset).rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults: 1", "f.yaml:1: faults: expected a list"),
        ("- 1", "f.yaml:1: expected an object with seed, max_consecutive, and faults"),
        ("faults: [", "f.yaml:1: invalid YAML"),
        ("seed: x\nfaults: []", 'f.yaml:1: seed: expected a whole number of at least 0, got "x"'),
        ("faults:\n- do: {status: 200}", "f.yaml:2: faults.0.do.status: expected an HTTP status from 400 to 599"),
        ("faults:\n- do:\n    cut: now", "f.yaml:3: faults.0.do.cut: expected before or within"),
        ("faults:\n- do: {delay_ms: 5, cut: before}", "f.yaml:2: faults.0.do: expected one of status, delay_ms"),
        (
            "faults:\n- when: {nth: 1, every: 2}\n  do: {lose_reply: true}",
            "f.yaml:2: faults.0.when: expected only one of nth",
        ),
        ("faults:\n- when: {methd: GET}\n  do: {cut: before}", "f.yaml:2: faults.0.when.methd: expected one of method"),
        ("faults:\n- when: {method: get}\n  do: {cut: before}", "f.yaml:2: faults.0.when.method: expected one of GET"),
        (
            "faults:\n- when: {probability: 2}\n  do: {cut: before}",
            "f.yaml:2: faults.0.when.probability: expected a num",
        ),
        ("faults:\n- 3", "f.yaml:2: faults.0: expected an object with when and do"),
        ("sead: 1\nfaults: []", "f.yaml:1: sead: expected one of seed"),
    ],
)
def test_unfit_profiles_get_one_line(text: str, said: str) -> None:
    with pytest.raises(UnfitProfile) as error:
        parse_profile(text, "f.yaml")
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_serve_rejects_an_unknown_profile_in_one_line(scimulator: Command) -> None:
    done = scimulator("serve", "--port", "0", "--data", "data", "--faults", "nonsense")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "scimulator serve: nonsense: No such file or directory; expected a YAML file or one of lost-replies, throttled"
    )
