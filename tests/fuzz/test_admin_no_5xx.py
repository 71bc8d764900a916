"""Odd requests to the admin API, the pages, and the control port of a server that holds odd data: never a 5xx."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from reference_server.admin.document import Document
from reference_server.admin.forms import Forms
from reference_server.admin.pages import Pages
from reference_server.admin.people_pages import PeoplePages
from reference_server.embedded import embedded_server
from tests.attacks.odd_resources import MOMENTS, VALUES, OddRequests
from tests.reference_server.support import Visitor, mine, paths_of
from tests.support import ENTERPRISE, MONDAY, USER, Scim

NAMES = [
    "name", "plan", "sso_configured", "email", "display_name", "protected", "expires_at", "force", "shadow_id", "now", "seed", "faults",
    "deprovisioning", "sync_every_minutes", "deactivate_every_minutes", "window_start_hour", "window_end_hour", "brake", "brake_users",
    "brake_percent", "adopt", "group_mappings", "personal_data", "me", "max_consecutive",
]  # fmt: skip
FITTING: dict[str, list[Any]] = {
    "plan": ["free", "team", "business", "enterprise"], "sso_configured": [True], "deprovisioning": ["immediate", "on_sync"],
    "sync_every_minutes": [1, 1440], "deactivate_every_minutes": [1, 1440], "window_start_hour": [0, 23], "window_end_hour": [0, 23],
    "brake": ["warn", "stop", "off"], "brake_users": [0, 10_000_000], "brake_percent": [0, 100], "adopt": [True, False],
    "personal_data": [True], "me": ["a", None], "now": MOMENTS, "expires_at": MOMENTS, "email": ["a@b", "A@B", "ﬁ@b"],
    "group_mappings": [None, {}, {"": {}}, {"a": {"roles": []}}, {"\u0000": {"sites": ["", "\u202e"], "boards": ["b"]}}],
    "faults": [[], [{"when": {}, "do": {}}], [{"when": {"probability": 1e308}, "do": {"status": 99}}], [{"when": {"nth": 2**63}, "do": {"status": 503}}]],
}  # fmt: skip
QUERIES = [
    "start", "count", "page", "changed_since", "shadow_id", "kind", "actor", "resource", "outcome", "since", "until", "head", "verify",
    "q", "state", "live", "connection_id",
]  # fmt: skip
TEXTS = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "²",
    "1e3",
    "999999999999",
    "9" * 30,
    "x",
    "\u0000",
    "é",
    "\ud800",
    "%",
    "a b",
    "user",
    "User/x",
    *MOMENTS,
]


class AdminRequests:
    """Requests by the dice, to what exists and to what does not."""

    def __init__(self, dice: random.Random, visitor: Visitor) -> None:
        self._dice = dice
        self._document = Document()
        self._operations = [
            each for each in self._document.operations() if each[:2] != ("/connections/{connection}", "delete")
        ]
        self._pages = [mine(visitor, path) for pages in (Pages, PeoplePages) for path in paths_of(pages)]
        # Deleting the connection ends the story, and a token that is shown once is not what is tested here.
        forms = [mine(visitor, path) for path in paths_of(Forms)]
        self._forms = [path for path in forms if not path.endswith(("/delete", "/rotate", "/revoke"))]
        self.ids: dict[str, list[str]] = {"connection": [visitor.server.base_url.rpartition("/")[2]]}

    def api(self) -> tuple[str, str, Any]:
        """(method, path below the admin API, body)."""
        path, method, operation = self._dice.choice(self._operations)
        queries, members = self._document.parameters(operation), self._document.members(operation)
        for name, known in self.ids.items():
            path = path.replace(
                f"{{{name}}}", self._dice.choice(known) if self._dice.random() < 0.9 else self._odd_segment()
            )
        path = path.replace("{", "").replace("}", "")
        body = self.body(members) if method != "get" else None
        return method.upper(), path + (self.query(queries) if queries or self._dice.random() < 0.1 else ""), body

    def page(self) -> str:
        return self._with_people(self._dice.choice(self._pages)) + self.query()

    def form(self) -> tuple[str, dict[str, str]]:
        names = self._dice.sample([*NAMES, "group-1", "roles-1", "sites-1", "boards-1", "person"], 8)
        fields = {name: str(self._value(name)).encode("utf-8", "replace").decode() for name in names}
        return self._with_people(self._dice.choice(self._forms)), fields

    def control(self) -> tuple[str, str, Any]:
        method, path = self._dice.choice(
            [("POST", "/clock"), ("PUT", "/faults"), ("POST", "/faults/reset"), ("GET", "/clock")]
        )
        return method, path, self.body()

    def body(self, described: Sequence[str] = ()) -> Any:
        """Some members, most of them described ones, because the admin API rejects others without a look at the values."""
        if self._dice.random() < 0.1:
            return self._dice.choice(VALUES)
        return {name: self._value(name) for name in self._names(NAMES, described, 4)}

    def query(self, described: Sequence[str] = ()) -> str:
        chosen = {name: self._dice.choice(TEXTS) for name in self._names(QUERIES, described, 2)}
        return f"?{urlencode(chosen, errors='surrogatepass')}" if chosen else ""

    def _names(self, known: list[str], described: Sequence[str], most: int) -> list[str]:
        names = list(described) if described and self._dice.random() < 0.9 else known
        return self._dice.sample(names, self._dice.randint(0, min(most, len(names))))

    def _value(self, name: str) -> Any:
        return self._dice.choice(FITTING.get(name, VALUES) if self._dice.random() < 0.6 else VALUES)

    def _odd_segment(self) -> str:
        return quote(self._dice.choice([text for text in TEXTS if text]), safe="", errors="surrogatepass")

    def _with_people(self, path: str) -> str:
        for name in ("person", "tenant", "session"):
            known = self.ids.get(name) or ["x"]
            path = "/".join(self._dice.choice(known) if part == name else part for part in path.split("/"))
        return path


def fill(scim: Scim, dice: random.Random) -> list[str]:
    """People and groups with odd names, and a sync that made accounts of them."""
    people = []
    odd = OddRequests(dice)
    for number in range(60):
        method, target, body = odd.create()
        scim.request(method, target, raw=json.dumps(body).encode())
        names = {"displayName": dice.choice(VALUES), "name": dice.choice([{"givenName": "\u202e"}, {"nope": 1}])}
        body = {
            "schemas": [USER],
            "userName": f"{dice.choice(TEXTS[5:])}{number}",
            "emails": dice.choice(VALUES),
            **names,
        }
        reply = scim.request(
            "POST", "/Users", raw=json.dumps({**body, ENTERPRISE: {"department": dice.choice(TEXTS)}}).encode()
        )
        people += [reply.json["id"]] if reply.status == 201 else []
    assert scim.admin("POST", "/connections/{connection}/sync", {"force": True}).status == 200
    return people


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with embedded_server(virtual_clock_start=MONDAY, arguments=["--faults", "lost-replies"]) as server:
        scim = Scim(server)
        scim.request("PUT", f"{server.control_url}/faults", {"seed": 1, "faults": []}, token=server.control_token)
        found = Visitor(server)
        found.sign_in()
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("many", [600, pytest.param(20_000, marks=pytest.mark.full)])
def test_no_admin_request_breaks_the_server(visitor: Visitor, many: int) -> None:
    dice, server = random.Random(many), visitor.server
    scim, requests = Scim(server), AdminRequests(dice, visitor)
    requests.ids["person"] = requests.ids["shadow"] = fill(scim, dice)
    requests.ids["tenant"] = [item["id"] for item in scim.admin("GET", "/tenants").json["items"]]
    requests.ids["session"] = ["x"]
    csrf = visitor.csrf()
    for number in range(many):
        kind = dice.random()
        if kind < 0.45:
            sent: tuple[Any, ...] = requests.api()
            reply: Any = scim.request(
                sent[0], server.admin_url + sent[1], raw=json.dumps(sent[2]).encode(), token=server.admin_token
            )
        elif kind < 0.7:
            sent = ("GET", requests.page())
            reply = visitor.get(sent[1])
        elif kind < 0.85:
            sent = ("POST", *requests.form())
            reply = visitor.post(sent[1], None, csrf=csrf, **sent[2])
        else:
            sent = requests.control()
            reply = scim.request(
                sent[0], f"{server.control_url}{sent[1]}", raw=json.dumps(sent[2]).encode(), token=server.control_token
            )
            scim.request("POST", f"{server.control_url}/faults/reset", token=server.control_token)
            scim.request("PUT", f"{server.control_url}/faults", {"seed": 1, "faults": []}, token=server.control_token)
        if reply.status == 201 and "session_id" in (made := json.loads(getattr(reply, "body", b"{}"))):
            requests.ids["session"].append(made["session_id"])
        assert reply.status < 500, f"request {number}: {str(sent)[:500]} → {reply.status}"
    assert visitor.get(requests.page().partition("?")[0]).status in (200, 404)
