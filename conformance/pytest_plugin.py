"""The suite under pytest itself.

    pytest --import-mode=importlib --pyargs conformance --scim-url URL --scim-token TOKEN --scim-profile rfc

FAIL is a failure, UNDECIDED an error, NOT OFFERED a skip; a WARN passes and is listed in the summary. Without `--scim-url`, an
embedded server is tested. Options `--scim-url` and `--scim-token` are those of `simulator.pytest_plugin`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.check_api.crowd import Crowd
    from conformance.check_api.session import Session
    from conformance.target.discovery import Target

CHECKS = Path(__file__).parent / "checks"
WARNED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the suite judges by."""
    group = parser.getgroup("scimulator")
    group.addoption(
        "--scim-profile",
        action="append",
        default=None,
        help="run the checks of this profile (repeatable; default: rfc)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[WARNED] = []


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> None:
    """Opens the target before the first check is collected: its schemas decide the cases."""
    if CHECKS in file_path.parents:
        _target(parent.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Cases from the target's own schemas."""
    if CHECKS in metafunc.definition.path.parents:
        from conformance.check_api.cases import fill_cases

        fill_cases(metafunc, _target(metafunc.config).target)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the suite's checks, those of the profiles."""
    from conformance.requirements.profiles import DEFAULT_PROFILES, PROFILES

    names = config.getoption("--scim-profile") or DEFAULT_PROFILES
    unknown = [name for name in names if name not in PROFILES]
    if unknown:
        raise pytest.UsageError(f'--scim-profile: expected one of {", ".join(PROFILES)}; got "{unknown[0]}"')

    def chosen(item: pytest.Item) -> bool:
        callspec: Any = getattr(item, "callspec", None)
        parameters = callspec.params if callspec else {}
        return any(
            PROFILES[name].takes(item.path.parent.name, parameters, getattr(item, "originalname", "")) for name in names
        )

    if OPENED not in config.stash:
        return  # no check was collected
    dropped = [item for item in items if CHECKS in item.path.parents and not chosen(item)]
    if dropped:
        gone = set(dropped)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=dropped)


class _Checks:
    """What only the checks need. It is registered when the first of them is collected: other tests see none of its names."""

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "alone: reads complete lists, so no other check runs at the same time")
        config.addinivalue_line("markers", "crowd: needs the crowd, which is 1,050 users and their groups")

    @pytest.fixture
    def scim(self, request: pytest.FixtureRequest) -> Iterator[Session]:
        """The session of one check. What the check created is deleted afterwards."""
        yield from _session(request)


def _session(request: pytest.FixtureRequest) -> Iterator[Session]:
    from dataclasses import replace

    from conformance.check_api.crowd import NO_CROWD
    from conformance.check_api.session import Session

    opened = _target(request.config)
    place = f"{request.node.path.parent.name}/{request.node.path.stem}::{request.node.name}"
    crowd = opened.crowd() if request.node.get_closest_marker("crowd") else NO_CROWD
    session = Session(opened.client.for_check(place), opened.target, replace(opened.plan, crowd=crowd))
    yield session
    left = session.clean_up()
    request.config.stash[WARNED] += [f"{place}: {remark.message}" for remark in session.remarks]
    if left:
        pytest.fail(f"could not be removed: {', '.join(left)}")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """A check's finding as pytest's outcome."""
    if CHECKS not in pyfuncitem.path.parents:
        return (yield)
    from conformance.requirements.profiles import PROFILES
    from conformance.requirements.verdict import Finding, Verdict
    from conformance.run.collect import facts_of, verdict_when_failing

    try:
        return (yield)
    except Finding as finding:
        facts = facts_of(pyfuncitem)
        clients = {folder for profile in PROFILES.values() if profile.client for folder in profile.folders}
        verdict = finding.verdict or verdict_when_failing(facts, client=pyfuncitem.path.parent.name in clients)
        told = f"{finding.message}" + (f": expected {finding.expected}, got {finding.got}" if finding.expected else "")
        if verdict is Verdict.NOT_OFFERED:
            pytest.skip(told)
        if verdict in (Verdict.FAIL, Verdict.UNDECIDED):
            pytest.fail(f"{facts.ids[0]} {verdict}: {told}", pytrace=False)
        pyfuncitem.config.stash[WARNED].append(f"{pyfuncitem.nodeid}: {told}")
        return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    from secrecy.redaction import redacted

    for line in config.stash.get(WARNED, []):
        terminalreporter.write_line(f"WARN {redacted(line)}")


class _Opened:
    """The target of a pytest run: client, discovery, and the embedded server's end."""

    def __init__(self, config: pytest.Config) -> None:
        from contextlib import ExitStack

        from conformance.check_api.session import Plan
        from conformance.run.crowd import CrowdMaker
        from conformance.target.client import Client
        from conformance.target.discovery import discover
        from reference_server.embedded import embedded_server

        url, token = config.getoption("--scim-url"), config.getoption("--scim-token")
        self.plan = Plan(secrets.token_hex(4))
        stack = ExitStack()
        config.add_cleanup(stack.close)
        if url is None:
            server = stack.enter_context(embedded_server())
            url, token = server.base_url, server.token
        self.client = Client(url, token)
        self.target: Target = discover(self.client)
        self._maker = CrowdMaker(self.client.for_check("crowd"), self.target, self.plan)
        self._crowd: Crowd | None = None
        stack.callback(self._maker.remove)

    def crowd(self) -> Crowd:
        """The crowd of this pytest run, made when the first check needs it."""
        if self._crowd is None:
            self._crowd = self._maker.make()
        return self._crowd


OPENED = pytest.StashKey[_Opened]()


def _target(config: pytest.Config) -> _Opened:
    if OPENED not in config.stash:
        config.stash[OPENED] = _Opened(config)
        config.pluginmanager.register(_Checks())
    return config.stash[OPENED]
