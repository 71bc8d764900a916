"""The registry: every provider is made by its name, and fulfils the contract of the engine."""

from __future__ import annotations

import pytest

from simulator.directory.directory import Directory
from simulator.entra.requests import Dialect
from simulator.entra.settings import EntraSettings
from simulator.lifecycle.expectations import FORMS
from simulator.providers import IDPS, PROVIDERS, create_provider
from simulator.provisioning.job import Job
from simulator.provisioning.request import Request
from simulator.scenario.model import Scenario
from simulator.wire.exchange import Exchange

FLAGGED = EntraSettings(dialect=Dialect.AAD_OPT_SCIM_062020)


async def send(request: Request, cause: dict[str, str]) -> Exchange:
    raise AssertionError("nothing is sent")


@pytest.mark.parametrize("name", IDPS)
def test_a_provider_is_made_by_its_name(name: str) -> None:
    provider = create_provider(name, Directory(), EntraSettings(), seed=1)
    job = Job(provider, send)
    assert job.schema.user.matching[0].target == "userName"
    assert provider.unjudged <= FORMS.keys()
    assert PROVIDERS[name].connection(EntraSettings()).timeout_seconds > 0


def test_scenarios_know_the_same_names() -> None:
    for name in IDPS:
        assert Scenario.model_validate({"provider": {"idp": name}}).provider.idp == name


@pytest.mark.parametrize("name", IDPS)
def test_only_entra_carries_the_flag_of_the_tenant_url(name: str) -> None:
    provider = create_provider(name, Directory(), FLAGGED, seed=1)
    sent = provider.on_wire(Request("GET", "/Users?startIndex=1", None, "read page")).path
    flagged = "/Users?aadOptscim062020&startIndex=1"
    assert sent == (flagged if name == "entra" else "/Users?startIndex=1")


def test_every_provider_but_entra_is_introduced() -> None:
    assert [name for name in IDPS if not PROVIDERS[name].introduction()] == ["entra"]
    assert PROVIDERS["okta"].introduction().startswith("provider: Okta")
