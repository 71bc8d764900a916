"""The options beside Locust's own: which scenario they choose, and which combinations are rejected."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from loadtests.locust.options import BadOptions, add_options, settings_of
from loadtests.scenarios.catalog import DEFAULT_RATES
from loadtests.scenarios.plan import Settings
from loadtests.target.connections import Connection

TENANTS = [Connection(f"http://127.0.0.1:{number}", "t", f"tenant-{number}") for number in range(1, 4)]


class Parser(argparse.ArgumentParser):
    """Accepts what Locust's parser accepts in addition to argparse."""

    def add_argument(self, *names: Any, include_in_web_ui: bool = True, **options: Any) -> argparse.Action:
        return super().add_argument(*names, **options)


def options(*arguments: str) -> argparse.Namespace:
    parser = Parser(exit_on_error=False)
    parser.add_argument("--tags", nargs="*")  # Locust's own
    add_options(parser)
    return parser.parse_args(arguments)


def test_the_defaults_are_those_of_the_settings() -> None:
    made, default = settings_of(options(), []), Settings()
    assert made == Settings(tenants=1)
    assert (made.users, made.seed, made.seconds, made.cycles) == (1000, default.seed, default.seconds, default.cycles)


@pytest.mark.parametrize(
    ("arguments", "scenario"),
    [
        ((), "initial-cycle"),
        (("--scenario", "leavers"), "leavers"),
        (("--tags", "leavers"), "leavers"),
        (("--tags", "leavers", "--scenario", "soak"), "soak"),
        (("--tags", "nothing", "leavers"), "leavers"),
    ],
)
def test_the_scenario_is_named_by_its_option_or_by_a_tag(arguments: tuple[str, ...], scenario: str) -> None:
    assert settings_of(options(*arguments), []).scenario == scenario


def test_a_scenario_with_a_rate_of_its_own_keeps_it_unless_another_is_given() -> None:
    assert settings_of(options("--scenario", "soak"), []).rate == DEFAULT_RATES["soak"]
    assert settings_of(options("--scenario", "soak", "--rate", "7"), []).rate == 7
    assert settings_of(options("--scenario", "leavers"), []).rate == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tags", "leavers", "soak"), "--tags: expected one of initial-cycle, "),
        (("--tags", "nothing"), "--tags: expected one of"),
        (("--people", "0"), "--people and --cycles of at least 1"),
        (("--cycles", "0"), "--people and --cycles of at least 1"),
        (("--rate", "-1"), "--rate of at least 0"),
        (("--tenants", "-1"), "--tenants and --rate of at least 0"),
        (("--seconds", "0"), "--seconds above 0"),
        (("--scenario", "tenants", "--tenants", "4"), "--tenants: 4 tenants, but SCIM_TENANTS has only 3 connections"),
        (
            ("--scenario", "tenants", "--people", "2"),
            "--people: expected at least one user for each of the 3 tenants, got 2",
        ),
    ],
)
def test_options_that_cannot_work_are_rejected(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadOptions, match=words):
        settings_of(options(*arguments), TENANTS)


def test_tenants_need_connections_but_a_worker_learns_them_later() -> None:
    asked = options("--scenario", "tenants")
    with pytest.raises(BadOptions, match="SCIM_TENANTS: expected a file"):
        settings_of(asked, [])
    assert settings_of(asked, [], worker=True).tenants == 1
    assert settings_of(asked, TENANTS).tenants == 3
    assert settings_of(options("--scenario", "tenants", "--tenants", "2"), TENANTS).tenants == 2
