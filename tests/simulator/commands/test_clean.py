"""`scimulator clean` removes what runs left, and nothing else."""

from __future__ import annotations

import pytest

from reference_server.embedded import embedded_server
from tests.fake_target import FakeTarget, Received, fake_target
from tests.simulator.command_line import at, run
from tests.support import Scim, resources


def fill(target: FakeTarget) -> None:
    target.hold("Users", "u1", userName="anna.berg1@contoso.example")
    target.hold("Users", "u2", userName="someone@else.example")
    target.hold("Groups", "g1", displayName="Everybody", members=[{"value": "u1"}])
    target.hold("Groups", "g2", displayName="Everybody", members=[{"value": "u1"}, {"value": "u2"}])


def test_the_company_is_removed_and_others_stay() -> None:
    with fake_target() as target:
        fill(target)
        listed = run("clean", *at(target), "--dry-run")
        assert (listed.returncode, target.writes()) == (0, [])
        assert "/Users/u1   anna.berg1@contoso.example" in listed.stdout
        shown = run("clean", *at(target))
        assert shown.returncode == 0, shown.stderr
        assert list(target.resources) == ["Users/u2", "Groups/g2"]
    assert "found      1 user and 1 group of the simulated company" in shown.stdout
    assert "removed    2 resources" in shown.stdout


def test_what_remains_is_named() -> None:
    def keeps(request: Received) -> object:
        return (405, {}) if request.method == "DELETE" else "well"

    with fake_target(keeps) as target:  # type: ignore[arg-type]
        fill(target)
        shown = run("clean", *at(target))
    assert shown.returncode == 1
    assert "/Users/u1 could not be removed" in shown.stdout


def test_what_the_target_still_lists_is_not_clean() -> None:
    with fake_target(lambda request: (204, None) if request.method == "DELETE" else "well") as target:
        fill(target)
        shown = run("clean", *at(target))
    assert shown.returncode == 1
    assert "The target still lists 2 deleted resources: /Groups/g1, /Users/u1" in shown.stdout


@pytest.mark.parametrize(
    ("status", "words"), [(401, "rejects the token (401)"), (500, "cannot be read: GET /Users: 500")]
)
def test_a_target_that_cannot_be_read_is_reported(status: int, words: str) -> None:
    with fake_target(lambda request: (status, {})) as target:
        shown = run("clean", *at(target))
    assert (shown.returncode, words in shown.stderr, shown.stderr.count("\n")) == (3, True, 1)


def test_without_a_target_there_is_nothing_to_clean() -> None:
    shown = run("clean")
    assert shown.returncode == 2
    assert "--url: missing" in shown.stderr


@pytest.mark.parametrize("scenario", ["mover", "nested-groups", "rehire"])
def test_nothing_remains_of_a_built_in_scenario(scenario: str) -> None:
    """As found on 1 December 2026: a user of another domain and the groups of that user remained."""
    with embedded_server() as server:
        access = ("--url", server.base_url, "--token", server.token)
        assert run("simulate", scenario, "--keep", *access).returncode == 0
        assert run("clean", *access).returncode == 0
        assert resources(Scim(server)) == 0
