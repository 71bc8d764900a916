"""Runs checks under pytest and turns what they find into events of the run stream."""

from __future__ import annotations

import itertools
import secrets
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.client import Client, NoAnswer
from conformance.requirements import CheckFacts, catalogue, is_strict
from conformance.session import Session
from conformance.target import Target
from conformance.verdict import Finding, Verdict, merged

Event = dict[str, Any]
PROFILE_FOLDERS = {
    "rfc": ("rfc7643", "rfc7644", "rfc6750"),
    "entra": ("entra",),
    "okta": ("okta",),
    "entra-validator": ("entra_validator",),
}


class CheckPlugin:
    """One run's plugin: gives checks their `scim` session, judges them, writes events, removes what they made."""

    def __init__(
        self, client: Client, target: Target, profiles: tuple[str, ...], write: Callable[[Event], None]
    ) -> None:
        self._client = client
        self._target = target
        self._folders = tuple(folder for profile in profiles for folder in PROFILE_FOLDERS[profile])
        self._write = write
        self._run_id = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._session: Session | None = None
        self.exchanges: list[int] = []
        self.left: list[str] = []
        self.selected = 0

    @pytest.fixture
    def scim(self) -> Session:
        """The session of one check."""
        self._session = Session(self._client, self._target, self._run_id, self._numbers)
        return self._session

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.path.parent.name in self._folders]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.selected = len(session.items)
        self._write({"event": "plan", "checks": self.selected})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run one check from set-up to cleaning up; its exceptions are findings, never the run's."""
        self.exchanges = []
        self._session = None
        self._client.check = _id(item)
        begun = time.perf_counter()
        found: list[Finding] = []
        try:
            found = _findings(item)
        finally:
            spent = (time.perf_counter() - begun) * 1000
            made = list(self.exchanges)
            found += self._finish_session()
        self._write(check_event(item, found, made, spent))
        item.session._setupstate.teardown_exact(nextitem)
        return True

    def _finish_session(self) -> list[Finding]:
        """Remove what the check made; returns its remarks."""
        if self._session is None:
            return []
        self.left += self._session.clean_up()
        return self._session.remarks


def _findings(item: pytest.Item) -> list[Finding]:
    try:
        item.session._setupstate.setup(item)
        item.runtest()
    except Finding as finding:
        return [finding]
    except NoAnswer as error:
        return [Finding(f"no answer: {error}", verdict=Verdict.UNDECIDED)]
    except KeyboardInterrupt:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"the check itself failed: {type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return [Finding(told, verdict=Verdict.UNDECIDED)]
    return []


def check_event(item: pytest.Item, findings: list[Finding], exchanges: list[int], spent: float) -> Event:
    """The `check` event: one verdict, the worst finding's words, what it means for providers."""
    facts = facts_of(item)
    fails = Verdict.FAIL if is_strict(facts.ids) else Verdict.WARN
    verdicts = [finding.verdict or fails for finding in findings]
    verdict = merged(verdicts)
    worst = next((f for f, v in zip(findings, verdicts, strict=True) if v is verdict), None)
    level = (worst.level if worst else None) or facts.level
    first = catalogue()[facts.ids[0]]
    return {
        "event": "check",
        "id": _id(item),
        "name": item.name,
        "file": f"{item.path.parent.name}/{item.path.name}",
        "section": first.section,
        "rfc": first.rfc
        if item.path.parent.name.startswith("rfc")
        else item.path.parent.name.replace("_", " ").capitalize(),
        "requirements": list(facts.ids),
        "title": title_of(item),
        "verdict": verdict.value,
        "level": level if verdict in (Verdict.FAIL, Verdict.WARN) else None,
        "message": worst.message if worst else "",
        "expected": worst.expected if worst else "",
        "got": worst.got if worst else "",
        "consequence": facts.consequence,
        "exchanges": exchanges,
        "duration_ms": round(spent, 2),
    }


def facts_of(item: pytest.Item) -> CheckFacts:
    """What the check says of itself; every check must be tied to a requirement."""
    function = getattr(item, "function", None)
    facts = getattr(function, "facts", None)
    if not isinstance(facts, CheckFacts):
        raise ValueError(f"{item.nodeid}: tied to no requirement")
    return facts


def title_of(item: pytest.Item) -> str:
    """The check as a sentence: its docstring's first line, else its name."""
    document = getattr(getattr(item, "function", None), "__doc__", None)
    title = document.strip().splitlines()[0] if document else item.name.removeprefix("test_").replace("_", " ")
    parameters = item.name.partition("[")[2].rstrip("]")
    return f"{title} [{parameters}]" if parameters else title


def _id(item: pytest.Item) -> str:
    return f"{item.path.parent.name}/{item.path.stem}::{item.name}"
