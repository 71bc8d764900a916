"""Observations about the server over a whole run, made from all exchanges. They explain many findings at once."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from conformance.report.bodies import member_values, object_of, resources_of, values_of
from conformance.report.key_request import path_pattern
from conformance.report.request_traits import filter_of
from simulator.stream.events import ExchangeEvent

ABSENT = frozenset(
    [403, 404, 405, 500, 501]
)  # if a request always returns one of these, the server does not implement it
TRIES = 3  # fewer requests of one kind are not conclusive
WRITES = frozenset(["POST", "PUT", "PATCH"])
UNSEEN_BY_DESIGN = frozenset(["schemas", "id", "meta", "groups", "password", "members"])
_COLLECTIONS = re.compile(r"/(Users|Groups|Bulk)$|/\.search$")
_DISCOVERY = re.compile(r"/(Schemas|ResourceTypes|ServiceProviderConfig)\b")  # schemas have a name, too
_MESSAGES = re.compile(r"/(?:\.search|Bulk)(?:\?|$)")  # the body of such a POST is not a resource
_OPERATOR = re.compile(r"\b(eq|ne|co|sw|ew|pr|gt|ge|lt|le|and|or|not)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMPARED = re.compile(r"([A-Za-z][\w.$:-]*) (?:eq|ne|co|sw|ew|pr|gt|ge|lt|le)\b", re.IGNORECASE)
_UNFIT = re.compile(
    r"^urn:ietf:params:scim:schemas:core:|scimulator"
)  # the filter tests the spelling, or an unknown attribute
# The attributes that every resource of each discovery endpoint has.
_SHAPES = {"/ServiceProviderConfig": {"patch", "filter"}, "/ResourceTypes": {"endpoint"}, "/Schemas": {"attributes"}}


def request_kind(exchange: ExchangeEvent) -> str:
    """`PATCH /Users/{id}`."""
    return f"{exchange['method']} {path_pattern(exchange['url'])}"


def operators_of(exchange: ExchangeEvent) -> frozenset[str]:
    """The operators of the filter in a request; none without a filter."""
    if not (expression := filter_of(exchange)):
        return frozenset()
    expression = _QUOTED.sub('""', expression)
    found = {word.lower() for word in _OPERATOR.findall(expression)}
    return frozenset(found | {"brackets"} if "(" in expression else found)


def filtered_by(exchange: ExchangeEvent) -> frozenset[str]:
    """What the filter of a request compares, such as `Users displayName`."""
    if not (expression := filter_of(exchange)):
        return frozenset()
    collection = path_pattern(exchange["url"]).split("/")[1]
    compared = _COMPARED.findall(_QUOTED.sub('""', expression))
    return frozenset(f"{collection} {name}" for name in compared if not _UNFIT.search(name))


def _names_a_feature(exchange: ExchangeEvent) -> bool:
    path = path_pattern(exchange["url"])
    if exchange["method"] == "POST":
        return bool(_COLLECTIONS.search(path))
    return exchange["method"] in ("PUT", "PATCH", "DELETE") and path.endswith("/{id}") and path.count("/") == 2


def _paths(resource: dict[str, Any]) -> set[str]:
    """The paths of all attributes of a resource that have a value, such as `name` and `name.givenName`."""
    found = set()
    for name, value in resource.items():
        if name in UNSEEN_BY_DESIGN or ":" in name or value in (None, "", [], {}):
            continue
        found.add(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found.update(f"{name}.{part}" for part, held in item.items() if held not in (None, "", [], {}))
    return found


def _quoted_names(paths: Iterable[str]) -> set[str]:
    """The attributes of paths as JSON writes them: `"name"` for `name.givenName`."""
    return {f'"{path.partition(".")[0]}"' for path in paths}


def patch_operations(exchange: ExchangeEvent) -> frozenset[str]:
    """The operations of a PATCH that RFC 7644 defines, such as `Users remove`."""
    if exchange["method"] != "PATCH":
        return frozenset()
    listed = object_of(exchange.get("request_body")).get("Operations")
    named = {str(o.get("op")).lower() for o in listed if isinstance(o, dict)} if isinstance(listed, list) else set()
    collection = path_pattern(exchange["url"]).split("/")[1]
    return frozenset(f"{collection} {op}" for op in named & {"add", "remove", "replace"})


def _finds(exchange: ExchangeEvent) -> bool:
    """Whether a search returned a resource. A server may return an empty list for a filter that it misread."""
    if exchange["status"] != 200 or _DISCOVERY.search(exchange["url"]):
        return False
    return bool(resources_of(exchange.get("response_body")))


class Observations:
    """The observations of one run, each made when a finding first asks for it. It is empty if the run does not prove it."""

    def __init__(self, exchanges: Iterable[ExchangeEvent]) -> None:
        self._exchanges = list(exchanges)

    @cached_property
    def refused(self) -> dict[str, int]:
        """`PATCH /Users/{id}`: the status of every response."""
        counts: dict[str, Counter[int]] = defaultdict(Counter)
        missing: set[tuple[str, str]] = set()
        for exchange in self._exchanges:
            if _names_a_feature(exchange) and exchange["status"] not in (None, 401, 429):
                kind = request_kind(exchange)
                if exchange["status"] == 404 and kind.endswith("/{id}"):  # an unknown id is not conclusive
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

    @cached_property
    def not_stored(self) -> frozenset[str]:
        """Attributes that were accepted but never returned."""
        accepted = [e for e in self._exchanges if 200 <= (e["status"] or 0) < 300 and not _DISCOVERY.search(e["url"])]
        sent: Counter[str] = Counter()
        for exchange in accepted:
            if exchange["method"] in ("POST", "PUT") and not _MESSAGES.search(exchange["url"]):
                sent.update(_paths(object_of(exchange.get("request_body"))))
        lost = {path for path, count in sent.items() if count >= TRIES}
        names = _quoted_names(lost)
        for exchange in accepted:
            body = exchange.get("response_body") or ""
            if "\\u" in body or any(name in body for name in names):  # parsing every response would take longer
                for resource in resources_of(body):
                    lost -= _paths(resource)
                names = _quoted_names(lost)
        return frozenset(path for path in lost if path.rpartition(".")[0] not in lost)

    @cached_property
    def one_kept(self) -> frozenset[str]:
        """Attributes of which only one of several values is returned."""
        lost: Counter[str] = Counter()
        kept: set[str] = set()
        for exchange in self._exchanges:
            if exchange["method"] not in ("POST", "PUT") or exchange["status"] not in (200, 201):
                continue
            sent = object_of(exchange.get("request_body"))
            several = {name for name, value in sent.items() if isinstance(value, list) and len(value) > 1}
            if not several - {"schemas"} - kept:
                continue
            answer = object_of(exchange.get("response_body"))
            for name in several - {"schemas"} if "id" in answer else ():
                shown = answer.get(name)
                if isinstance(shown, list) and shown:
                    lost[name] += len(shown) == 1
                    kept.update([name] if len(shown) > 1 else [])
        return frozenset(name for name, count in lost.items() if count > 1 and name not in kept)

    @cached_property
    def undeleted(self) -> frozenset[str]:
        """`Users`: collections whose resources can be read after a DELETE."""
        deleted: set[str] = set()
        read: Counter[str] = Counter()
        for exchange in self._exchanges:
            if not 200 <= (exchange["status"] or 0) < 300:
                continue
            if exchange["method"] == "DELETE":
                deleted.add(exchange["url"])
            elif exchange["method"] == "POST":
                deleted.clear()  # an id may be a name, and a resource that was created again can be read
            elif exchange["method"] == "GET" and exchange["url"] in deleted:
                read[path_pattern(exchange["url"]).split("/")[1]] += 1
        return frozenset(name for name, count in read.items() if count >= TRIES)

    @cached_property
    def operations(self) -> frozenset[str]:
        """`Users remove`: no PATCH with this operation succeeded, although others did."""
        tried: Counter[str] = Counter()
        worked: set[str] = set()
        for exchange in self._exchanges:
            if exchange["status"] in (400, 405, 500, 501):
                tried.update(patch_operations(exchange))
            elif 200 <= (exchange["status"] or 0) < 300:
                worked |= patch_operations(exchange)
        return frozenset(name for name, count in tried.items() if count >= TRIES and name not in worked and worked)

    @cached_property
    def operators(self) -> frozenset[str]:
        """Operators with which no filter succeeded, although eq works."""
        tried: Counter[str] = Counter()
        worked: set[str] = set()
        for exchange in self._exchanges:
            found = operators_of(exchange)
            tried.update(found)
            if found and _finds(exchange):
                worked |= found
        if "eq" not in worked:
            return frozenset()
        return frozenset(name for name, count in tried.items() if count >= 2 and name not in worked)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """`Users title`: attributes with which no filter succeeded."""
        refused: set[str] = set()
        worked: set[str] = set()
        for exchange in self._exchanges:
            named = filtered_by(exchange)
            if named and _finds(exchange):
                worked |= named
            elif named and exchange["status"] in (400, 403, 501) and not operators_of(exchange) & self.operators:
                refused |= named
        known = {name.lower() for name in worked}
        return frozenset(name for name in refused if name.lower() not in known) if worked else frozenset()

    @cached_property
    def mistaken_members(self) -> frozenset[int]:
        """Exchanges that return members whose value is not an id."""
        ids = {str(resource.get("id")) for e in self._exchanges for resource in resources_of(e.get("response_body"))}
        sent = {
            value for e in self._exchanges if e["method"] in WRITES for value in member_values(e.get("request_body"))
        }
        known = ids | sent
        found = set()
        for exchange in self._exchanges:
            if "/Groups" in exchange["url"] and 200 <= (exchange["status"] or 0) < 300:
                shown = [
                    v for group in resources_of(exchange.get("response_body")) for v in values_of(group.get("members"))
                ]
                if shown and not any(value in known for value in shown):
                    found.add(exchange["number"])
        return frozenset(found) if len(found) >= TRIES else frozenset()

    @cached_property
    def members_hidden(self) -> bool:
        """Whether no response to a write of members contains members."""
        sent = 0
        for exchange in self._exchanges:
            if request_kind(exchange) not in ("POST /Groups", "PATCH /Groups/{id}"):
                continue
            for group in resources_of(exchange.get("response_body")):
                if group.get("members"):
                    return False
                sent += any(True for _ in member_values(exchange.get("request_body")))
        return sent >= TRIES

    @cached_property
    def no_meta(self) -> bool:
        """Whether resources that were created without meta in the response never show it."""
        created = 0
        for exchange in self._exchanges:
            kind = request_kind(exchange)
            if kind not in ("POST /Users", "POST /Groups") or exchange["status"] != 201:
                continue
            if "meta" in object_of(exchange.get("request_body")):
                continue
            answer = object_of(exchange.get("response_body"))
            if answer.get("meta"):
                return False
            created += "id" in answer
        return created >= TRIES

    @cached_property
    def undiscovered(self) -> frozenset[str]:
        """Discovery endpoints that return something else."""
        wrong: set[str] = set()
        right: set[str] = set()
        for exchange in self._exchanges:
            path = path_pattern(exchange["url"])
            if exchange["method"] != "GET" or exchange["status"] != 200 or path not in _SHAPES:
                continue
            body = object_of(exchange.get("response_body"))
            if not body:
                continue
            listed = body.get("Resources") if path != "/ServiceProviderConfig" else [body]
            shown = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
            fits = any(_SHAPES[path] & item.keys() for item in shown)
            (right if fits else wrong).add(path)
        return frozenset(wrong - right)
