"""The preflight creates one user and one group, shows what the server answers, and stops when that fails."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.defects.expressions import mutation_of
from conformance.defects.proxy import defect_proxy
from reference_server.embedded import EmbeddedServer
from tests.support import Command, Scim

NO_DISCOVERY = "reject('GET /ResourceTypes|/Schemas', 404)"
FAILURES: dict[str, tuple[str, int, str]] = {
    "no user": (
        "reject('POST /Users', 400, 'invalidValue', 'department is unknown')",
        3,
        'the server does not create a user: POST /Users returned 400 ("department is unknown")',
    ),
    "no group": (
        "answer('POST /Groups', 500, text='broken pipe')",
        3,
        "the server does not create a group: POST /Groups returned 500 (broken pipe)",
    ),
    "no id": ("reply('POST /Users', drop('id'))", 3, "POST /Users returned 201 without the user and its id"),
    "no list": (
        "reject('GET /Users', 500, detail='no column count')",
        3,
        'GET /Users?count=1 returned 500 application/scim+json instead of a list of users: "no column count"',
    ),
    "nothing for a provider": (
        "both(reply('GET /ResourceTypes', assign('Resources', []), recount()), reject('* /Users*|/Groups*', 404))",
        3,
        "",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failed_first_resource_stops_the_run(scimulator: Command, shared_server: EmbeddedServer, case: str) -> None:
    mutation, code, told = FAILURES[case]
    with defect_proxy(shared_server.base_url) as proxy:
        url = proxy.add("broken", mutation_of(mutation))
        shown = scimulator("check", "--url", url, "--token", shared_server.token, "-k", "test_4_discovery", "--no-fuzz")
    assert shown.returncode == code
    assert told in shown.stderr
    assert "--token" not in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1


PASSING = {
    "no groups and no discovery": f"both({NO_DISCOVERY}, reject('POST /Groups', 404))",
    "count is not understood": "reject('GET /Users' and names('count'), 500)",
}


@pytest.mark.parametrize("case", PASSING)
def test_the_run_continues_without_groups_and_without_count(
    scimulator: Command, shared_server: EmbeddedServer, case: str
) -> None:
    with defect_proxy(shared_server.base_url) as proxy:
        url = proxy.add("odd", mutation_of(PASSING[case]))
        options = ("-k", "test_get_gives_the_resource_itself", "--no-fuzz")
        shown = scimulator("check", "--url", url, "--token", shared_server.token, *options)
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_a_list_is_no_configuration(scimulator: Command, shared_server: EmbeddedServer) -> None:
    everything: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}
    mutation = mutation_of(f"answer('GET /ServiceProviderConfig', 200, {everything})")
    with defect_proxy(shared_server.base_url) as proxy:
        url = proxy.add("listing", mutation)
        options = ("-k", "test_add_appends_to_a_multi_valued_attribute", "--no-fuzz")
        shown = scimulator("check", "--url", url, "--token", shared_server.token, *options)
    assert "1 pass" in shown.stdout, "PATCH is assumed where no configuration says otherwise"


def test_a_provider_for_whom_nothing_is_offered_is_exit_2(scimulator: Command, shared_server: EmbeddedServer) -> None:
    types = "reply('GET /ResourceTypes', alter('Resources', cut(0, 0)), append('Resources', {'name': 'Device', 'endpoint': '/Devices'}), recount())"
    with defect_proxy(shared_server.base_url) as proxy:
        url = proxy.add("devices", mutation_of(types))
        shown = scimulator("check", "--url", url, "--token", shared_server.token, "--profile", "okta")
    assert shown.returncode == 2
    assert "okta" in shown.stdout


def test_what_the_preflight_made_is_removed(scimulator: Command, scim: Scim) -> None:
    options = ("-k", "test_get_gives_the_resource_itself", "--no-fuzz")
    shown = scimulator("check", "--url", scim.server.base_url, "--token", scim.server.token, *options)
    assert shown.returncode == 0
    for endpoint, name in (("/Users", "userName"), ("/Groups", "displayName")):
        assert scim.get(f"{endpoint}?filter={name}+co+%22scimulator-check%22").json["totalResults"] == 0
