"""`scimulator provision` as a person runs it, and what it prints."""

from __future__ import annotations

import pytest

from tests.fake_target import fake_target
from tests.simulator.command_line import TOKEN, at, run


def test_provision_shows_the_five_steps_and_the_exchange() -> None:
    with fake_target() as target:
        shown = run("provision", "3", *at(target))
        assert shown.returncode == 0, shown.stderr
        for words in (
            "1  test connection    ✔",
            "2  import user",
            "3  determine scope",
            "4  match user",
            "5  perform action",
        ):
            assert words in shown.stdout
        assert "userName: no match" in shown.stdout
        assert f"POST {target.url}/Users → 201" in shown.stdout
        assert "kept       1 resource that this run created: /Users/u1" in shown.stdout
        assert TOKEN not in shown.stdout
        again = run("provision", "Domingo Morales", *at(target))
        assert "RedundantExport" in again.stdout
        assert "userName: one match" in again.stdout
        assert "kept" not in again.stdout


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500])
def test_provision_tells_a_failing_connection_test(status: int) -> None:
    with fake_target(lambda request: (status, {})) as target:
        shown = run("provision", "3", *at(target))
        simulated = run("simulate", "leaver", *at(target))
    assert (shown.returncode, simulated.returncode) == (3, 3)
    assert shown.stderr == simulated.stderr.replace("simulate", "provision")
    assert shown.stderr.count("\n") == 1
    if status == 404:
        assert "1  test connection    ✘  SystemForCrossDomainIdentityManagementServiceIncompatible" in shown.stdout


def test_a_user_is_provisioned_at_a_target_without_groups_and_a_group_is_not() -> None:
    with fake_target(lambda request: (404, {}) if "/Groups" in request.path else "well") as target:
        user = run("provision", "7", *at(target))
        group = run("provision", "Everybody", *at(target))
    assert user.returncode == 0, user.stdout
    assert (group.returncode, group.stderr) == (
        2,
        "scimulator provision: groups cannot be provisioned: GET /Groups returned 404\n",
    )
