"""The ASGI middleware that injects faults and reports each one in a response header (if there is one) and in the log."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from typing import Any

from reference_server.faults.effects import BY_NAME, Answer, App, Receive, Scope, Send, Strike, answer_of
from reference_server.faults.profile import Profile, Rule

LOG = logging.getLogger("scimulator.faults")
KEPT_ANSWERS = 2_000
KEPT_STRIKES = 200


class Faults:
    """Wraps the SCIM app. The profile can be replaced at run time."""

    def __init__(self, app: App, profile: Profile) -> None:
        self._app = app
        self._first = profile
        self.profile = profile
        self._answers: OrderedDict[str, Answer] = OrderedDict()  # the latest response to each read, for stale_read
        self.use(profile)

    def use(self, profile: Profile) -> None:
        """Replace the profile and reset all counters."""
        self.profile = profile
        self.seen = 0
        self.strikes: deque[dict[str, Any]] = deque(maxlen=KEPT_STRIKES)
        self._counts = [0] * len(profile.rules)
        self._in_a_row: dict[tuple[str, str], int] = {}
        self._reads_stale = any(rule.effect == "stale_read" for rule in profile.rules)

    def reset(self) -> None:
        """Restore the profile that the server was started with."""
        self.use(self._first)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        path = "/" + scope["path"].split("/", 4)[4] if scope["path"].count("/") >= 4 else "/"
        self.seen += 1
        rule = self._choose(method, path)
        url = f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
        previous = self._answers.get(url)
        if rule is None:
            if self._reads_stale and method == "GET":
                await self._pass_and_keep(scope, receive, send, url)
            else:
                await self._app(scope, receive, send)
            return
        announced = f"{rule.effect}={str(rule.value).lower()} request={self.seen}"
        self.strikes.append({"request": self.seen, "effect": rule.effect, "value": rule.value, "method": method})
        LOG.warning("fault %s %s", announced, method)
        strike = Strike(announced.encode(), rule.retry_after_s, previous)
        await BY_NAME[rule.effect](self._app, scope, receive, send, rule.value, strike)

    def _choose(self, method: str, path: str) -> Rule | None:
        """The first rule that affects the request. Every rule counts the requests that it applies to."""
        chosen: Rule | None = None
        for place, rule in enumerate(self.profile.rules):
            if rule.matches(method, path):
                self._counts[place] += 1
                if chosen is None and rule.strikes(self._counts[place], self.profile.seed, place):
                    chosen = rule
        key = (method, path)
        if chosen is None or self._in_a_row.get(key, 0) >= self.profile.max_consecutive:
            self._in_a_row.pop(key, None)
            return None
        self._in_a_row[key] = self._in_a_row.get(key, 0) + 1
        return chosen

    async def _pass_and_keep(self, scope: Scope, receive: Receive, send: Send, url: str) -> None:
        answer = await answer_of(self._app, scope, receive)
        self._answers[url] = answer
        self._answers.move_to_end(url)
        if len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})
