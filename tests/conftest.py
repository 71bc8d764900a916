"""What most tests need: a real server process, a client for it, a command line to call."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

from reference_server.embedded import EmbeddedServer, embedded_server
from secrecy.redaction import _KNOWN, Redactor
from tests.postgres_server import postgres as postgres
from tests.stores import KINDS, Stores
from tests.support import FULL_SECONDS, MONDAY, Command, Scim
from tests.warm_locust import warm_locust
from tests.warm_process import run_command, start_server, warm_starter

# A shell that runs the tests in the background has them ignore Ctrl-C, and each process they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Hypothesis does not judge the speed of the machine.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Tests start hundreds of processes: where bytecode may not be kept, each would compile the program anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Full-size tests have more time until they count as hanging, also beside others on a slow machine."""
    for item in items:
        if item.get_closest_marker("full") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(FULL_SECONDS))


def pytest_collection_finish() -> None:
    """The thousands of collected tests stay to the end: the garbage collector need not walk over them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _warm_servers() -> Iterator[None]:
    """Servers that tests start are forked from a process that has imported them; see tests/warm_process.py."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in = SimpleNamespace(Popen=start_server, TimeoutExpired=subprocess.TimeoutExpired)
        patch.setattr("reference_server.embedded.subprocess", stand_in)
        yield


@pytest.fixture(scope="module", autouse=True)
def _secrets_of_one_file() -> Iterator[None]:
    """The tests of a file know only their own secrets: each event is searched for every secret that its process knows."""
    yield
    Redactor.__init__(_KNOWN)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[EmbeddedServer]:
    """One server for every test that minds only its own resources."""
    with embedded_server() as server:
        yield server


@pytest.fixture
def scim(shared_server: EmbeddedServer) -> Scim:
    return Scim(shared_server)


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Both kinds of store in turn: what uses this runs twice."""
    return Stores(request.param, request, tmp_path)


@pytest.fixture
def monday() -> Iterator[Scim]:
    """A server of its own on virtual time: Monday, 2 March 2026, 05:00 UTC."""
    with embedded_server(virtual_clock_start=MONDAY) as server:
        yield Scim(server)


@pytest.fixture(scope="session")
def strict() -> Iterator[Scim]:
    """A server that tolerates nothing."""
    with embedded_server(arguments=["--strict"]) as server:
        yield Scim(server)


@pytest.fixture
def scimulator(tmp_path: Path) -> Command:
    """Run the command line in an empty folder, as a user would; only the start of the interpreter is saved."""

    def run(*arguments: str, timeout: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_command(*arguments, cwd=tmp_path, env=_users_environment(environment), timeout=timeout)

    return run


@pytest.fixture
def scimulator_from_cold(tmp_path: Path) -> Command:
    """The same with an interpreter of its own: `python -m scimulator`."""

    def run(*arguments: str, timeout: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "scimulator", *arguments],
            cwd=tmp_path,
            env=_users_environment(environment),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


UNSET = ("SCIM_URL", "SCIM_TOKEN", "SCIM_ADMIN_TOKEN", "PYTHONPATH")


def _users_environment(more: Mapping[str, str]) -> dict[str, str]:
    held = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**held, "NO_COLOR": "1", "COLUMNS": "100", **more}


def pytest_sessionfinish() -> None:
    """End the processes that start commands and Locust, if a test needed them."""
    if warm_starter.cache_info().currsize:
        warm_starter().close()
    if warm_locust.cache_info().currsize:
        warm_locust().close()
