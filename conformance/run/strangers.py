"""Resources that belong to no check and exist during the whole run, because a real directory is not empty.

A server that reads only the first page, or confuses two users, behaves correctly while it has a single user.
"""

from __future__ import annotations

import time
from contextlib import suppress
from types import TracebackType

from conformance.check_api.session import Plan, Session
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import Target

STRANGERS = {"User": 60, "Group": 12}
OTHERS = 5  # of any other type
MANY = 200  # a run with fewer checks is not worth the requests
BUDGET_S = 15.0  # a slow target gets fewer of them


class Strangers:
    """Users, groups, and other resources that exist during a `with` block; half of them have every possible attribute.

    A nested block reuses the existing ones. `left` holds the resources that could not be removed.
    """

    def __init__(self, client: Client, target: Target, plan: Plan, budget_s: float = BUDGET_S) -> None:
        self._session = Session(client.for_check("strangers"), target, plan)
        self._types = target.type_names()
        self._budget_s = budget_s
        self._depth = 0
        self.left: list[str] = []

    def __enter__(self) -> Strangers:
        self._depth += 1
        end = time.monotonic() + self._budget_s
        try:
            for name in self._types if self._depth == 1 else ():
                self._make(name, end)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        self._depth -= 1
        if not self._depth:
            self.left += self._session.clean_up()

    def _make(self, name: str, end: float) -> None:
        """Create the resources of one type until a minimal one is rejected; other checks report that rejection."""
        for number in range(STRANGERS.get(name, OTHERS)):
            if time.monotonic() >= end:
                return
            if number % 2:
                with suppress(Finding, NotOffered, Undecided, NoAnswer):
                    self._session.new(name, full=True)
                    continue
            try:
                self._session.new(name)
            except (Finding, NotOffered, Undecided, NoAnswer):
                return
