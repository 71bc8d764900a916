"""The public Python API: its names are pinned, it is typed, and each function does what its docstring promises."""

from __future__ import annotations

import contextlib
import importlib
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
import urllib3

import conformance
import simulator
from reference_server import ServerDidNotStart, running_server
from simulator import Entra, Okta, Scenario
from tests.support import Scim

EXPORTED = {
    "simulator": [
        "BadInput",
        "Entra",
        "IdentityProvider",
        "Okta",
        "Scenario",
        "ScenarioError",
        "SimulationResult",
        "TargetUnusable",
        "simulate",
    ],
    "conformance": ["BadInput", "CheckResult", "check", "check_client"],
    "reference_server": ["RunningServer", "ServerDidNotStart", "running_server"],
}


@pytest.mark.parametrize("package", EXPORTED)
def test_exported_names_are_pinned_and_documented(package: str) -> None:
    found = importlib.import_module(package)
    assert sorted(found.__all__) == EXPORTED[package] == sorted(importlib.import_module(f"{package}.api").__all__)
    assert [name for name in EXPORTED[package] if not getattr(found, name).__doc__] == []
    assert (files(package) / "py.typed").is_file()


def test_importing_a_package_imports_nothing_else() -> None:
    code = "import sys, simulator, conformance, reference_server; print([m for m in sys.modules if m.endswith('.api')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_this"):
        _ = simulator.nothing_like_this


def test_simulate_returns_what_happened(tmp_path: Path, monday: Scim) -> None:
    seen: list[str] = []
    server = monday.server
    result = simulator.simulate(
        "leaver",
        url=server.base_url,
        token=server.token,
        provider=Entra(dialect="aadOptscim062020", members_per_patch=5),
        users=15,
        days=1,
        events=[],
        report=tmp_path / "life.html",
        on_event=lambda event: seen.append(event["event"]),
    )
    assert (result.ok, result.exit_code, result.differences) == (True, 0, [])
    assert "equalled" in result.verdict or "matched" in result.verdict
    assert seen == [event["event"] for event in result.events]
    assert (tmp_path / "life.html").stat().st_size > 10_000
    assert monday.get("/Users").json["totalResults"] == 0  # nothing is kept unless `keep` says so


def test_simulate_takes_a_scenario_and_another_provider() -> None:
    scenario = Scenario(users=4, days=0)
    result = simulator.simulate(scenario, provider=Okta())
    header = result.events[0]
    assert header["event"] == "run"
    assert header["settings"]["idp"] == "okta"
    assert result.ok


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"users": 0}, "users: "),
        ({"url": "nonsense"}, "^url: expected http"),
        ({"url": "http://127.0.0.1:9"}, "^token: missing"),
        ({"provider": "oktaa"}, "^provider.idp: Input should be 'entra', 'okta'"),
        ({"provider": Entra(nothing=1)}, "provider.nothing"),
    ],
)
def test_simulate_rejects_what_it_cannot_use(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(simulator.BadInput, match=words):
        simulator.simulate("leaver", **arguments)  # type: ignore[arg-type]
    with pytest.raises(simulator.ScenarioError, match="leaver"):
        simulator.simulate("leavr")


def test_check_returns_verdicts_and_writes_reports(tmp_path: Path, scim: Scim) -> None:
    server = scim.server
    result = conformance.check(
        url=server.base_url,
        token=server.token,
        profiles=["rfc"],
        expression="test_3_3_creating",
        fuzz=False,
        crowd=False,
    )
    assert (result.ok, result.exit_code, result.failures) == (True, 0, [])
    assert len(result.checks) > 10
    assert result.verdict == f"No failure in {len(result.checks)} checks."
    for place in (tmp_path / "path.xml", str(tmp_path / "text.xml")):
        result.write(place, "junit")
        assert Path(place).read_text().startswith("<?xml")
    with pytest.raises(conformance.BadInput, match=r"^form: expected one of html,"):
        result.write(tmp_path / "x", "xml")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"profiles": ["nonsense"]}, 2, "profiles: expected"),
        ({"url": "nonsense"}, 2, "^url: expected http"),
        ({"expression": "(("}, 2, "^expression: "),
        ({"expression": "no_such_check"}, 2, "^no check matches"),
        ({"url": "http://127.0.0.1:9/scim", "token": "token-of-a-test"}, 3, "no response|reach"),
    ],
)
def test_check_rejects_what_it_cannot_use(arguments: dict[str, object], code: int, words: str) -> None:
    with pytest.raises(conformance.BadInput, match=words) as raised:
        conformance.check(**arguments)  # type: ignore[arg-type]
    assert raised.value.code == code


@pytest.mark.parametrize("stream", ["/dev/full", "/proc/no/run.jsonl"])
@pytest.mark.parametrize(
    ("run", "error"),
    [
        (partial(simulator.simulate, "leaver"), simulator.BadInput),
        (partial(conformance.check, expression="test_3_3_creating", fuzz=False, crowd=False), conformance.BadInput),
        (partial(conformance.check_client, lambda url, token: None, situations=["steady"]), conformance.BadInput),
    ],
    ids=["simulate", "check", "check_client"],
)
def test_a_stream_that_cannot_be_written_is_named(
    run: Callable[..., object], error: type[Exception], stream: str
) -> None:
    with pytest.raises(error, match=f"^{stream}: No "):
        run(stream=Path(stream))


def test_what_a_client_raises_is_shown() -> None:
    def client(url: str, token: str) -> None:
        raise ValueError(f"two\nlines with {token}")

    result = conformance.check_client(client, situations=["steady"])
    assert not result.ok
    assert set(result.errors) == {"steady: ValueError: two lines with [redacted]"}
    with pytest.raises(conformance.BadInput, match=r"^client: expected a function"):
        conformance.check_client("client", situations=["steady"])  # type: ignore[arg-type]


@pytest.mark.parametrize("start", ["soon", "2026-03-02T08:00", datetime(2026, 3, 2)])  # noqa: DTZ001
def test_a_clock_starts_at_a_time_with_a_time_zone(start: datetime | str) -> None:
    with (
        pytest.raises(ValueError, match=r"^clock_start: expected a time with a time zone"),
        running_server(clock_start=start),
    ):
        pass


def test_a_server_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(ServerDidNotStart, match=r"Invalid value for '--schemas': .*/no/such/folder.* does not exist"),
        running_server(schemas=Path("/no/such/folder")),
    ):
        pass


def test_running_server_is_strict_and_on_virtual_time_when_asked() -> None:
    with running_server(strict=True, clock_start="2026-03-02T00:00:00Z") as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        answer = urllib3.request("POST", f"{server.base_url}/Users", json={"userName": "a"}, headers=headers)
        assert answer.status == 400
        assert server.control_url is not None


@pytest.mark.parametrize("number", range(4))
def test_examples_of_the_page_run(number: int) -> None:
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(examples) == 4
    exec(examples[number], {"synchronize": create_once})


def create_once(url: str, token: str) -> None:
    """A client that creates one user, if there is none, and walks through all pages."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "anna"}
    place = f"{url}/Users?filter=userName%20eq%20%22anna%22"
    if not urllib3.request("GET", place, headers=headers).json()["totalResults"]:
        with contextlib.suppress(urllib3.exceptions.HTTPError):  # the user exists, or the second run creates it
            urllib3.request("POST", f"{url}/Users", json=body, headers=headers, retries=False)


def test_check_client_judges_a_function() -> None:
    def client(url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        found = urllib3.request("GET", f"{url}/users", headers=headers)
        if found.status != 200:
            raise ValueError("no users")

    result = conformance.check_client(client, situations=["page-cap"])
    assert {check["name"] for check in result.failures} == {"known_endpoints", "steady"}
    assert (result.ok, result.exit_code) == (False, 1)
    with pytest.raises(conformance.BadInput, match="situations: expected some of steady"):
        conformance.check_client(client, situations=["nothing"])
