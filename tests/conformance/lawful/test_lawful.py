"""Correct servers that differ from the reference server: the suite reports no finding for any of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.defects.expressions import mutation_of
from conformance.defects.proxy import defect_proxy
from conformance.lawful.schemas import random_schemas
from conformance.lawful.trial import judged, published_schemas, random_trials, try_random, try_variation
from conformance.lawful.variations import features, variations
from conformance.target.client import Client
from conformance.target.discovery import USER_URN
from conformance.values.certificates import CERTIFICATES
from reference_server.embedded import EmbeddedServer, embedded_server

# Of each random server, the checks that write and read users and groups by what the schemas say.
REDUCED = "test_3_3 or test_3_5_1 or test_3_5_2_patch or mutability or test_7_values"


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server with users of someone else, whose values a filter of the suite can meet."""
    with embedded_server() as running:
        client = Client(running.base_url, running.token)
        for number in range(30):
            strangers = {"userName": f"stranger{number}", "x509Certificates": [{"value": CERTIFICATES[1]}]}
            assert client.send("POST", "/Users", {"schemas": [USER_URN], **strangers}).status == 201
        yield running


@pytest.fixture(scope="module")
def published(server: EmbeddedServer) -> list[dict[str, Any]]:
    return published_schemas(server)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [4, 25, *(pytest.param(seed, marks=pytest.mark.full) for seed in (8, 20))])
def test_random_schemas_raise_no_alarm(published: list[dict[str, Any]], seed: int) -> None:
    trial = try_random(published, seed, REDUCED)
    assert trial.alarms == []
    assert trial.judged > 100


@pytest.mark.parametrize(
    ("seed", "expression", "judged_checks"),
    [
        (122, "test_new_value_is_stored and vendor", 3),  # a PUT needs a part that only a request shows
        (142, "test_plain_get", 6),  # nothing of a complex attribute is shown by default
    ],
)
def test_hidden_parts_raise_no_alarm(
    published: list[dict[str, Any]], seed: int, expression: str, judged_checks: int
) -> None:
    trial = try_random(published, seed, expression)
    assert trial.alarms == []
    assert trial.judged == judged_checks


@pytest.mark.full
def test_two_hundred_servers_raise_no_alarm() -> None:
    trials = list(random_trials(200))
    assert {trial.server: trial.alarms for trial in trials if trial.alarms} == {}
    assert len(trials) == 200
    assert min(trial.judged for trial in trials) > 300


def test_a_seed_decides_the_schemas(published: list[dict[str, Any]]) -> None:
    assert random_schemas(published, 7) == random_schemas(published, 7) != random_schemas(published, 8)


# variation → the checks that would raise the alarm
VARIED = {
    "no-patch": "test_2_authentication or test_3_challenge",
    "no-bulk": "test_3_7_bulk",
    "no-etag": "test_3_14",
    "no-sort": "test_3_4_2_3",
    "no-filter": "test_3_4_2_2_refusals or test_5_features",
    "no-cursors": "test_2_cursors",
    "no-groups": "test_4_2_groups or test_6_resource",
    "errors-without-scimtype": "test_2_1_cursor or test_2_cursors or test_3_12 or test_3_4_3_searching or test_3_5_2_patch",
    "errors-with-another-scimtype": "test_3_12 or test_2_4_lists",
    "address-assigned": "emails or test_put_with_another_id or test_inactive_user",
    "shape-before-token": "test_2_authentication or test_3_challenge",
    "configuration-conflict": "test_5_service or test_4_discovery",
    "external-id-not-stored": "external_id or case or keys_up or bulk_takes",
    "shared-address-conflicts": "test_3_4_2_2_logic or test_sorting_by_a_list or test_joiners",
    "formatted-name-required": "test_joiners or test_3_4_3_searching or test_1_1_notation",
    "me-not-found": "test_3_11",
    "only-eq": "test_3_4_2 or test_5_features or test_3_6_deleting or binaries or queries_on_each",
    "only-eq-501": "test_3_4_2_2 or test_3_4_2_1 or test_5_comparing or test_3_10 or hidden_values",
    "empty-values-as-null": "test_2_5 or test_3_4_2_listing or test_3_5_2_2 or put_with_null or projected or projecting",
    "lists-without-type": "test_2_4 or test_4_1_2 or test_3_5_2_3",
    "formatted-name-derived": "test_3_5_2_patch or test_3_5_changes or inactive_user",
    "address-made-of-the-name": "unassigns or of_no_values or freed or emails",
    "group-external-id-not-stored": "common_attributes or history_of_groups or test_3_5_history",
    "pages-of-twenty": "binaries",
    "roles-without-types": "test_3_5_2_3 or rights",
}


@pytest.mark.parametrize("name", list(variations()))
def test_a_variation_raises_no_alarm(server: EmbeddedServer, name: str) -> None:
    trial = try_variation(server, name, VARIED[name])
    assert trial.alarms == []


@pytest.mark.parametrize(
    ("name", "expression", "least"),
    [("empty-values-as-null", "test_create_with_nulls", 1), ("lists-without-type", "mail or element or profile", 1)],
)
def test_a_variation_raises_no_alarm_in_a_provider_profile(
    server: EmbeddedServer, name: str, expression: str, least: int
) -> None:
    trial = try_variation(server, name, expression, ("entra", "okta"))
    assert trial.alarms == []
    assert trial.judged >= least


def test_a_server_that_never_stores_external_ids_fails_no_check_of_something_else(server: EmbeddedServer) -> None:
    """RFC 7643 section 3.1 demands externalId of every resource, so one check fails; the others change something else."""
    drops = "send('POST|PUT', drop('externalId', 'Operations[].data.externalId'))"
    never = mutation_of(f"both({drops}, reject(body_has('xternal') and operates(), 400, 'invalidPath'))")
    others = (
        "test_3_1_messages or test_3_1_meta or test_3_2_endpoints or test_3_8_media or projecting_writes or test_3_14"
    )
    with defect_proxy(server.base_url) as proxy:
        url = proxy.add("never-stores-external-ids", never)
        assert judged("others", url, server.token, f"({others}) and not test_patch_is_supported").alarms == []
        found = judged("identifiers", url, server.token, "test_3_1_identifiers").alarms
    assert {line.partition(": ")[0].partition("::")[2] for line in found} == {
        "test_external_id_can_be_changed[PUT]",
        "test_external_id_can_be_changed[PATCH]",
    }


def test_features_are_variations() -> None:
    assert set(features()) == {name for name in VARIED if name.startswith("no-")}


@pytest.mark.full
@pytest.mark.parametrize("name", list(variations()))
def test_a_variation_raises_no_alarm_in_the_whole_run(server: EmbeddedServer, name: str) -> None:
    assert try_variation(server, name).alarms == []
