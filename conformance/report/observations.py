"""What the server did over a whole run, seen in all exchanges: the facts that explain many findings at once."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.report.key_request import path_pattern
from simulator.stream.events import ExchangeEvent

ABSENT = frozenset([403, 404, 405, 500, 501])  # always one of these: the server does not implement the request
TRIES = 3  # fewer requests of a kind prove nothing
WRITES = frozenset(["POST", "PUT", "PATCH"])
UNSEEN_BY_DESIGN = frozenset(["schemas", "id", "meta", "groups", "password", "members"])
_COLLECTIONS = re.compile(r"/(Users|Groups|Bulk)$|/\.search$")
_DISCOVERY = re.compile(r"/(Schemas|ResourceTypes|ServiceProviderConfig)\b")  # a schema has a name, too
_OPERATOR = re.compile(r"\b(eq|ne|co|sw|ew|pr|gt|ge|lt|le|and|or|not)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(slots=True)
class Observations:
    """The facts of one run; each is empty when the run has no proof of it."""

    refused: dict[str, int] = field(default_factory=dict)  # "PATCH /Users/{id}": the status of every answer
    not_stored: frozenset[str] = frozenset()  # attributes that were accepted and that no answer ever showed
    operators: frozenset[str] = frozenset()  # filter operators that no request succeeded with, though eq works
    mistaken_members: frozenset[int] = frozenset()  # exchanges that show members whose value is not the id


def observe(exchanges: Iterable[ExchangeEvent]) -> Observations:
    """Read all exchanges of a run once."""
    known = list(exchanges)
    return Observations(_refused(known), _not_stored(known), _operators(known), _mistaken_members(known))


def request_kind(exchange: ExchangeEvent) -> str:
    """`PATCH /Users/{id}`."""
    return f"{exchange['method']} {path_pattern(exchange['url'])}"


def operators_of(exchange: ExchangeEvent) -> frozenset[str]:
    """The operators of the filter in a request; none without a filter."""
    expression = " ".join(parse_qs(urlsplit(exchange["url"]).query).get("filter", ()))
    if not expression and exchange["url"].endswith("/.search"):
        body = _object(exchange.get("request_body"))
        expression = str(body.get("filter", ""))
    return frozenset(word.lower() for word in _OPERATOR.findall(_QUOTED.sub('""', expression)))


def _refused(exchanges: list[ExchangeEvent]) -> dict[str, int]:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    missing: set[tuple[str, str]] = set()
    for exchange in exchanges:
        if _names_a_feature(exchange) and exchange["status"] not in (None, 401, 429):
            kind = request_kind(exchange)
            if exchange["status"] == 404 and kind.endswith("/{id}"):  # an id that does not exist proves nothing twice
                if (kind, exchange["url"]) in missing:
                    continue
                missing.add((kind, exchange["url"]))
            counts[kind][exchange["status"] or 0] += 1
    always = {}
    for kind, statuses in counts.items():
        status, most = statuses.most_common(1)[0]
        enough = statuses.total() >= (TRIES if status in (405, 501) else 3 * TRIES)
        if status in ABSENT and enough and min(statuses) >= 400 and most >= 0.6 * statuses.total():
            always[kind] = status
    return always


def _names_a_feature(exchange: ExchangeEvent) -> bool:
    path = path_pattern(exchange["url"])
    if exchange["method"] == "POST":
        return bool(_COLLECTIONS.search(path))
    return exchange["method"] in ("PUT", "PATCH", "DELETE") and path.endswith("/{id}") and path.count("/") == 2


def _not_stored(exchanges: list[ExchangeEvent]) -> frozenset[str]:
    sent: Counter[str] = Counter()
    shown: set[str] = set()
    for exchange in exchanges:
        if not 200 <= (exchange["status"] or 0) < 300 or _DISCOVERY.search(exchange["url"]):
            continue
        for resource in _resources(exchange.get("response_body")):
            shown.update(_paths(resource))
        if exchange["method"] in ("POST", "PUT") and exchange["url"].partition("?")[0].rpartition("/")[2] != ".search":
            sent.update(_paths(_object(exchange.get("request_body"))))
    lost = {path for path, count in sent.items() if count >= TRIES and path not in shown}
    return frozenset(path for path in lost if path.rpartition(".")[0] not in lost)


def _paths(resource: dict[str, Any]) -> set[str]:
    """`name` and `name.givenName` of everything in a resource that has a value."""
    found = set()
    for name, value in resource.items():
        if name in UNSEEN_BY_DESIGN or ":" in name or value in (None, "", [], {}):
            continue
        found.add(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found.update(f"{name}.{part}" for part, held in item.items() if held not in (None, "", [], {}))
    return found


def _operators(exchanges: list[ExchangeEvent]) -> frozenset[str]:
    tried: Counter[str] = Counter()
    worked: set[str] = set()
    for exchange in exchanges:
        found = operators_of(exchange)
        tried.update(found)
        if exchange["status"] == 200:
            worked |= found
    if "eq" not in worked:
        return frozenset()
    return frozenset(name for name, count in tried.items() if count >= 2 and name not in worked)


def _mistaken_members(exchanges: list[ExchangeEvent]) -> frozenset[int]:
    """Answers with a group whose members have values that are the id of nothing and that no request sent."""
    ids = {str(resource.get("id")) for e in exchanges for resource in _resources(e.get("response_body"))}
    sent = {value for e in exchanges if e["method"] in WRITES for value in _member_values(e.get("request_body"))}
    known = ids | sent
    found = set()
    for exchange in exchanges:
        if "/Groups" in exchange["url"] and 200 <= (exchange["status"] or 0) < 300:
            shown = [v for group in _resources(exchange.get("response_body")) for v in _values(group.get("members"))]
            if shown and not any(value in known for value in shown):
                found.add(exchange["number"])
    return frozenset(found) if len(found) >= TRIES else frozenset()


def _member_values(body: str | None) -> Iterator[str]:
    parsed = _object(body)
    yield from _values(parsed.get("members"))
    for operation in parsed.get("Operations") or () if isinstance(parsed.get("Operations"), list) else ():
        value = operation.get("value") if isinstance(operation, dict) else None
        yield from _values(value.get("members") if isinstance(value, dict) else value)


def _values(members: Any) -> list[str]:
    listed = members if isinstance(members, list) else []
    return [str(item["value"]) for item in listed if isinstance(item, dict) and "value" in item]


def _resources(body: str | None) -> list[dict[str, Any]]:
    parsed = _object(body)
    listed = parsed.get("Resources")
    found = listed if isinstance(listed, list) else [parsed]
    return [item for item in found if isinstance(item, dict) and "id" in item]


def _object(body: str | None) -> dict[str, Any]:
    if not body or body[:1] not in "{ \n":
        return {}
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
