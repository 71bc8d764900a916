"""Thousands of wrong, odd and hostile requests: never a 5xx, never a hanging connection, always a SCIM answer (R13)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from reference_server.embedded import embedded_server
from tests.support import ENTERPRISE, GROUP, PATCH, USER, Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 2**63, 1e308, "", " ", "x", "False", "\u0000", "\u202e", "é" * 50, "a" * 3_000, [], {}, [[]], [None],
    [{}], [1, "a"], {"value": None}, {"value": {"value": 1}}, {"": ""}, {"$ref": 5}, [{"value": "x", "primary": "yes"}], "2026-13-45T99:99:99Z",
    '{"value":"25"}', "urn:ietf:params:scim:schemas:core:2.0:User", {"op": "remove"}, ["members"],
]  # fmt: skip
NAMES = [
    "userName",
    "active",
    "name",
    "name.givenName",
    "emails",
    "groups",
    "id",
    "meta",
    "schemas",
    "externalId",
    "password",
    "members",
]
NAMES += [
    "displayName",
    ENTERPRISE,
    f"{ENTERPRISE}:manager",
    f"{ENTERPRISE}:manager.value",
    f"{USER}:title",
    "roles",
    "x509Certificates",
]
NAMES += [
    "nonsense",
    "emails[",
    'emails[type eq "work"]',
    'emails[type eq "work"].value',
    'members[value eq "x"]',
    "a..b",
    ":",
    "[]",
    "urn:",
]
TOKENS = [
    "(",
    ")",
    "[",
    "]",
    " ",
    '"',
    "\\",
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "co",
    "pr",
    "gt",
    "true",
    "null",
    "1e9",
    '"a"',
    "%",
    "+",
    "\n",
]
# Values as Python writes them. The requests contain the string "False", but none of the others and no apostrophe.
PYTHON = re.compile(r"""\b(None|True)\b|(?<!")\bFalse\b|'""")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]


def requests(dice: random.Random, ids: list[str]) -> Iterator[tuple[str, str, Any, dict[str, str]]]:
    """(method, target, body or None, headers) without end."""
    fitting = [
        ("POST", "/Users", _resource),
        ("POST", "/Groups", _resource),
        ("POST", "/Bulk", _bulk),
        ("POST", "/.search", _search),
    ]
    fitting += [
        (method, f"/Users/{id_}", form) for id_ in ids for method, form in (("PATCH", _patch), ("PUT", _resource))
    ]
    while True:
        if dice.random() < 0.4:  # the right kind of body in the right place
            method, target, form = dice.choice(fitting)
            yield method, target, form(dice), {}
            continue
        endpoint = dice.choice(
            [
                "/Users",
                "/Groups",
                "/Schemas",
                "/ResourceTypes",
                "/Bulk",
                "/Me",
                "",
                "/Nothing",
                "/.search",
                "/Users/.search",
            ]
        )
        path = endpoint + dice.choice(
            ["", "", f"/{dice.choice(ids)}", f"/{quote(json.dumps(dice.choice(JUNK))[:200], safe='')}", "/a/b", "//"]
        )
        query = "&".join(f"{_name(dice)}={quote(_filter(dice), safe='')}" for _ in range(dice.choice([0, 0, 1, 2])))
        body = dice.choice([_resource, _patch, _bulk, _search, _junk])(dice)
        headers = dice.choice(
            [{}, {}, {}, {"If-Match": dice.choice(["*", "x", 'W/"1"', '"', ""])}, {"Content-Type": "text/xml"}]
        )
        yield dice.choice(METHODS), f"{path}?{query}" if query else path, body, headers


def _name(dice: random.Random) -> str:
    return dice.choice(
        [
            "filter",
            "filter",
            "count",
            "startIndex",
            "cursor",
            "sortBy",
            "sortOrder",
            "attributes",
            "excludedAttributes",
            "x",
        ]
    )


def _filter(dice: random.Random) -> str:
    return dice.choice(["", " "]).join(dice.choice([*TOKENS, *NAMES]) for _ in range(dice.randint(0, 12)))


def _object(dice: random.Random, names: list[str], depth: int = 0) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(dice.randint(0, 5)):
        deeper = depth < 3 and dice.random() < 0.3
        made[dice.choice(names)] = _object(dice, names, depth + 1) if deeper else dice.choice(JUNK)
    return made


def _junk(dice: random.Random) -> Any:
    return dice.choice(JUNK)


def _resource(dice: random.Random) -> Any:
    if dice.random() < 0.2:  # nearly right: what gets furthest into the server
        made: dict[str, Any] = {
            "schemas": [USER],
            "userName": f"f{dice.getrandbits(40)}",
            "emails": [{"value": "a@b", "type": "work"}],
        }
        return {**made, dice.choice(NAMES): dice.choice(JUNK)} if dice.random() < 0.7 else made
    made = _object(dice, NAMES)
    made.setdefault("schemas", dice.choice([[USER], [GROUP], [USER, ENTERPRISE], [], "x", [1]]))
    made.setdefault("userName", dice.choice([f"f{dice.getrandbits(40)}", *JUNK]))
    made.setdefault("displayName", dice.choice(JUNK))
    return made


def _patch(dice: random.Random) -> Any:
    operations = [
        {"op": dice.choice(["add", "Replace", "remove", "move", 1]), "path": dice.choice([*NAMES, None, 5]), "value": dice.choice([*JUNK, _object(dice, NAMES)])}
        for _ in range(dice.randint(0, 3))
    ]  # fmt: skip
    for operation in operations:
        if dice.random() < 0.3:
            del operation[dice.choice(["op", "path", "value"])]
    return {
        "schemas": dice.choice([[PATCH], [], None]),
        "Operations": dice.choice([operations, operations, dice.choice(JUNK)]),
    }


def _bulk(dice: random.Random) -> Any:
    operations = [
        {
            "method": dice.choice([*METHODS, None, 1]),
            "path": dice.choice(["/Users", "/Groups", "/Users/bulkId:a", "/", "", None, "/Bulk", 5]),
            "bulkId": dice.choice(["a", "b", None, 1, ""]),
            "data": dice.choice([_resource(dice), _patch(dice), *JUNK]),
        }
        for _ in range(dice.randint(0, 4))
    ]
    return {
        "schemas": [BULK],
        "failOnErrors": dice.choice([None, 0, 1, -1, "x"]),
        "Operations": dice.choice([operations, None, 5]),
    }


def _search(dice: random.Random) -> Any:
    keys = ["filter", "attributes", "count", "startIndex", "sortBy", "cursor", "sortOrder"]
    return {"schemas": [SEARCH], **{key: dice.choice([_filter(dice), *JUNK]) for key in keys if dice.random() < 0.4}}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["--strict"]], ids=["tolerant", "strict"])
@pytest.mark.parametrize("many", [2_500, pytest.param(50_000, marks=pytest.mark.full)])
def test_no_request_breaks_the_server(arguments: list[str], many: int) -> None:
    dice = random.Random(f"{arguments} {many}")
    with embedded_server(arguments=arguments) as server:
        scim = Scim(server)
        ids = [scim.user()["id"] for _ in range(3)] + [scim.group()["id"]]
        story = requests(dice, ids)
        seen: dict[int, int] = {}
        for number in range(many):
            method, target, body, headers = next(story)
            raw = json.dumps(body).encode()
            is_mutated = dice.random() < 0.05
            if is_mutated:
                at = dice.randrange(len(raw))
                raw = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1 :]
            reply = scim.request(method, target, raw=raw, headers=headers)
            seen[reply.status] = seen.get(reply.status, 0) + 1
            known = f"request {number}: {method} {target[:300]} {raw[:500]!r} {headers} → {reply.status} {reply.body[:300]!r}"
            assert reply.status < 500 or (reply.status, target.startswith("/Me")) == (501, True), known
            if reply.status >= 400 and method != "HEAD":
                assert reply.json["status"] == str(reply.status), known
                assert is_mutated or not PYTHON.search(reply.json["detail"]), known
            if number == many // 10:
                early = _resident(server.pid)
        assert {200, 201, 204, 400, 404, 405} <= seen.keys(), "the requests must reach something"
        assert scim.get("/Users?count=1").status == 200
        if many > 10_000:  # a process of this size needs some time to reach its size
            assert _resident(server.pid) < early * 1.5, "memory grows with requests that store next to nothing"


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
