"""The judge of clients: a good client passes, and each client with one bug is found by the rule or situation named in its row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.client.judge import PEOPLE
from conformance.client.rule import DEFAULT_PROFILES, rules
from conformance.client.situation import STEADY, situations
from conformance.defects.expressions import mutation_of
from conformance.requirements.catalogue import catalogue
from reference_server.embedded import EmbeddedServer, embedded_server
from tests.conformance.client.matrix import judge, plain, verdicts
from tests.conformance.made_up_runs import is_python
from tests.reference_server.device_schema import DEVICE_SCHEMA, DEVICE_TYPE, drop

VARIANTS = list(csv.DictReader(Path(__file__).with_name("variants.csv").read_text("utf-8").splitlines()))
FOUND = ("FAIL", "WARN")
SLOW = ("slow-answers",)  # waits for real seconds
# Rules that no variant of the good client can break, each with the reason.
ELSEWHERE = {
    "https": "needs a recording of another host",
    "user_info": "HTTP libraries do not send it",
}
NOTES = ("deactivation", "membership", "requests_per_change", "order_of_groups")  # they never fail
STRICT = ("interop", "ipsie")
STRICT_CLIENT = frozenset({"no-if-match"})  # a client of these profiles sends no conditions


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server with a type that has an integer."""
    folder = drop(tmp_path_factory.mktemp("server"), schema=DEVICE_SCHEMA, type=DEVICE_TYPE)
    with embedded_server(arguments=("--schemas", str(folder / "schemas"))) as running:
        yield running


def test_a_good_client_passes_everything(server: EmbeddedServer) -> None:
    names = tuple(name for name in situations() if name not in SLOW)
    found = judge(server, situations=names)
    bad = [(event["name"], event["message"], event["got"]) for event in found if event["verdict"] in FOUND]
    assert bad == []
    idle = [
        event["name"] for event in found if event["verdict"] == "NOT EXERCISED" and event["profile"] == "situations"
    ]
    assert idle == ["no-bulk"]  # it reads in the configuration that there is nothing to send


def test_a_good_client_of_the_strict_profiles_passes_them(server: EmbeddedServer) -> None:
    found = judge(server, situations=(STEADY,), bugs=STRICT_CLIENT, profiles=STRICT)
    assert [(event["name"], event["message"], event["got"]) for event in found if event["verdict"] in FOUND] == []


@pytest.mark.full
def test_a_good_client_survives_slow_answers(server: EmbeddedServer) -> None:
    assert verdicts(judge(server, situations=SLOW))["slow-answers"] == "PASS"


def _marked(variant: dict[str, str]) -> Any:
    marks = [pytest.mark.full] if variant["situations"] in SLOW else []
    return pytest.param(variant, id=variant["name"], marks=marks)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("variant", [_marked(variant) for variant in VARIANTS])
def test_each_bug_is_found_by_the_rule_or_situation_of_its_row(server: EmbeddedServer, variant: dict[str, str]) -> None:
    between = mutation_of(variant["change"]) if variant["change"] else plain
    situation = (variant["situations"] or STEADY,)
    bugs, again = frozenset(variant["bugs"].split()), "second_run" in variant["killed_by"]
    killers = variant["killed_by"].split()
    profiles = tuple({rules()[name].profile for name in killers if name in rules()} - {PEOPLE}) or DEFAULT_PROFILES
    bugs |= STRICT_CLIENT if {*profiles} & {*STRICT} else frozenset()
    judged = judge(server, between=between, bugs=bugs, situations=situation, again=again, profiles=profiles)
    found = verdicts(judged)
    assert [(name, found[name]) for name in killers if found[name] not in FOUND] == []
    values = [event[field] for event in judged for field in ("expected", "got")]
    assert [value for value in values if is_python(value)] == []


def test_a_finding_names_the_situation_in_which_it_was_made(server: EmbeddedServer) -> None:
    between = mutation_of("send('POST|PUT|PATCH', header('content-type', 'text/plain'))")
    found = judge(server, between=between, situations=("no-filter",))
    assert {event.get("situation") for event in found if event["name"] == "media_type"} == {STEADY}
    assert {event.get("situation") for event in found if event["verdict"] in ("PASS", "NOT EXERCISED")} == {None}


def test_every_rule_and_situation_has_a_variant_that_it_finds() -> None:
    killers = {name for variant in VARIANTS for name in variant["killed_by"].split()}
    assert set(rules()) - killers == {*ELSEWHERE, *NOTES}
    assert set(situations()) - killers == {STEADY}
    assert len(VARIANTS) == len({variant["name"] for variant in VARIANTS}) >= 60
    assert [variant["name"] for variant in VARIANTS if not variant["source"]] == []


def test_the_tables_name_requirements_that_exist() -> None:
    named = [id_ for rule in rules().values() for id_ in rule.requirements]
    named += [id_ for situation in situations().values() for id_ in situation.requirements]
    assert [id_ for id_ in named if id_ not in catalogue()] == []
    people = [rule for rule in rules().values() if rule.profile == PEOPLE]
    assert [rule.name for rule in rules().values() if rule not in people and not (rule.impact and rule.fix)] == []


def test_requests_beyond_the_limit_are_named(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.client.front.MOST_REQUESTS", 20)
    steady = next(event for event in judge(server, situations=(STEADY,), again=False) if event["name"] == STEADY)
    told = [remark["message"] for remark in steady["remarks"]] + [steady["message"]]
    assert any("further requests were not judged" in message for message in told)
