"""Verdicts about the provider as a client: what the rules of `scimulator check-client` say about each of its requests.

A request is judged when a tab shows the traffic, so a playthrough that no one watches costs nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from conformance.client.live import Finding, LiveJudge
from conformance.target.client import Client, NoAnswer
from conformance.target.discovery import discover
from live_page.session.recording import MOST_ROWS, Recording
from simulator.wire.exchange import Exchange

MOST_AT_ONCE = 500  # requests that are judged for one look; older ones stay without a verdict
SECONDS = 10.0


class Verdicts:
    """The findings on the requests of one playthrough. May be used from any thread, but not on an event loop."""

    def __init__(self, recording: Recording, url: str, token: str | None) -> None:
        self._recording, self._client = recording, Client(url.partition("?")[0], token, timeout_s=SECONDS)
        self._judge: LiveJudge | None = None
        self._found: dict[int, list[Finding]] = {}
        self._order: deque[int] = deque()
        self._next = 1
        self._lock = threading.Lock()

    def look(self) -> dict[str, Any]:
        """Judge what has come since the last look; returns the number of judged requests, and the broken rules."""
        with self._lock:
            judge = self._judge = self._judge or self._open()
            if judge is None:
                return {"judged": 0, "broken": []}
            end = self._recording.exchanges
            numbers = range(max(self._next, end - MOST_AT_ONCE + 1), end + 1)
            events = [event for number in numbers if (event := self._recording.exchange(number)) is not None]
            findings = judge.judge([Exchange.from_event(event) for event in events])
            for event, found in zip(events, findings, strict=True):
                self._found[event["number"]] = found
                self._order.append(event["number"])
            while len(self._order) > MOST_ROWS:
                del self._found[self._order.popleft()]
            self._next = end + 1
            return {"judged": judge.judged, "broken": judge.broken()}

    def on(self, number: int) -> list[Finding] | None:
        """The findings on a request; None if it was not judged."""
        return self._found.get(number)

    def _open(self) -> LiveJudge | None:
        """The judge, which knows the schemas of the target; None while the target does not answer."""
        try:
            return LiveJudge(discover(self._client), self._recording.base_url)
        except NoAnswer:
            return None
