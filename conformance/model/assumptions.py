"""Find what requests assume about the target's schemas although these do not declare it.

Checks are written for the schemas in RFC 7643. A target may declare different ones, which lack an attribute or declare one
as required, immutable, readOnly, or hidden. A check that fails after a request that contradicts these declarations proves
nothing about the target. A request that also contradicts RFC 7643 does so on purpose and makes no assumption.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from conformance.model.assumed_names import QUOTED, Rules, hidden, home_of, newly, of_names
from conformance.model.definitions import Definition, definitions_of, named, parts_of
from conformance.model.filter_model import held_by, is_unassigned
from conformance.model.rfc_schemas import RFC_SCHEMAS
from conformance.requirements.verdict import NotOffered
from conformance.target.discovery import ENTERPRISE_URN, Target
from simulator.wire.exchange import Exchange

Json = dict[str, Any]
WORD = re.compile(r"[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)*", re.ASCII)
LISTS_OF_NAMES = ("attributes", "excludedAttributes", "sortBy", "filter")


@dataclass(slots=True)
class _Seen:
    """The last seen state of each resource by its URL."""

    resources: dict[str, Json] = field(default_factory=dict)

    def learn(self, exchange: Exchange) -> None:
        body = exchange.response_json()
        if isinstance(body, dict) and isinstance(body.get("id"), str) and (exchange.status or 0) < 300:
            place = exchange.url.partition("?")[0].rstrip("/")
            self.resources[place if place.endswith(body["id"]) else f"{place}/{body['id']}"] = body


def assumptions(exchanges: Iterable[Exchange], target: Target, filled: Iterable[str] = ()) -> list[str]:
    """The assumptions of these requests that the target's schemas do not support, each as a short sentence.

    `filled` names the attributes that are in bodies only because the target requires them.
    """
    rules, seen = _all_rules(target), _Seen()
    found: dict[str, None] = {}
    for exchange in exchanges:
        if target.base_url and exchange.url.startswith(target.base_url):
            found.update(dict.fromkeys(_of_exchange(exchange, target, rules, seen)))
            found.update(dict.fromkeys(_of_projection(exchange, rules)))
            asked = dict(parse_qsl(exchange.url.partition("?")[2]))
            words = set(WORD.findall(QUOTED.sub("", f"{asked.get('filter', '')} {asked.get('sortBy', '')}")))
            found.update(
                {f"{name} is required": None for name in filled if any(w.split(".")[0] == name for w in words)}
            )
        seen.learn(exchange)
    return list(found)


def _all_rules(target: Target) -> dict[str, Rules]:
    """The rules by endpoint, without resource types whose schemas the target does not publish."""
    found: dict[str, Rules] = {}
    for name in target.type_names():
        try:
            definitions, endpoint = definitions_of(target, name), target.need_type(name)
        except NotOffered:
            continue
        if definitions.core in target.schemas:
            printed = {urn: RFC_SCHEMAS[urn] for urn in (definitions.core, ENTERPRISE_URN) if urn in RFC_SCHEMAS}
            found[endpoint.lower()] = Rules(definitions, printed if definitions.core in printed else {})
    return found


def _of_exchange(exchange: Exchange, target: Target, known: dict[str, Rules], seen: _Seen) -> Iterator[str]:
    place = exchange.url.removeprefix(target.base_url)
    body = _json(exchange)
    yield from _of_request(exchange.method, place, body, known, seen.resources.get(exchange.url.partition("?")[0]))
    if place.lower().startswith("/bulk") and isinstance(body, dict):
        listed = body.get("Operations")
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict):
                path = str(one.get("path", "")).removeprefix(target.base_url)
                stored = seen.resources.get(target.base_url + path)
                yield from _of_request(str(one.get("method")).upper(), path, one.get("data"), known, stored)


def _of_request(method: str, place: str, body: Any, known: dict[str, Rules], stored: Json | None) -> Iterator[str]:
    path, _, query = place.partition("?")
    segments = urlsplit(path).path.strip("/").split("/")
    rules = known.get(f"/{segments[0].lower()}")
    asked = dict(parse_qsl(query))
    searched = segments[-1] == ".search" and isinstance(body, dict)
    if searched:
        asked |= {name: _text(body.get(name)) for name in LISTS_OF_NAMES}
    for one in [rules] if rules else known.values():
        for name in LISTS_OF_NAMES:
            yield from of_names(one, asked.get(name, ""), excludes=name == "excludedAttributes")
        if not searched and isinstance(body, dict) and rules:
            if method == "PATCH":
                yield from _of_patch(one, body)
            elif method in ("POST", "PUT"):
                yield from _of_body(one, body, stored if method == "PUT" else None)


def _of_projection(exchange: Exchange, known: dict[str, Rules]) -> Iterator[str]:
    """Attributes in a response that were not requested but that the target declares as always returned."""
    if "ttributes=" not in exchange.url and not exchange.url.endswith("/.search"):
        return
    for rules in known.values():
        for urn, definition in rules.target.every():
            printed = named(rules.printed.get(urn, []), definition["name"])
            if (
                newly(definition, printed, "returned", "always")
                and f'"{definition["name"]}"'.encode() in exchange.response_body
            ):
                yield f"{definition['name']} is always returned"


# ── bodies of POST and PUT ──


def _of_body(rules: Rules, body: Json, stored: Json | None) -> Iterator[str]:
    homes: list[tuple[str, Any]] = [(rules.target.core, body)]
    homes += [(urn, held_by(body, urn)) for urn in {*rules.target.extensions, *rules.printed} - {rules.target.core}]
    for urn, home in homes:
        if not isinstance(home, dict):
            if urn in rules.target.required_extensions:
                yield f"the extension {urn} is required"
            continue
        if urn not in rules.target.by_urn:
            yield f"no resource type has {urn}"
            continue
        was = (stored or {}) if urn == rules.target.core else held_by(stored, urn)
        for name, value in home.items():
            yield from _of_value(rules, urn, name, value, held_by(was, name))
        for definition in rules.target.by_urn[urn]:
            printed = named(rules.printed.get(urn, []), definition["name"])
            if newly(definition, printed, "required", True) and is_unassigned(held_by(home, definition["name"])):
                yield f"{definition['name']} is required"


def _of_value(rules: Rules, urn: str, name: str, value: Any, stored: Any) -> Iterator[str]:
    """The assumptions of one attribute in a body; an unchanged value makes none."""
    declared, printed = rules.pair(urn, name)
    if printed is None or value == stored:
        return
    if declared is None:
        yield f"the schema has no {name}"
        return
    for wanted in ("readOnly", "immutable"):
        if newly(declared, printed, "mutability", wanted) and (wanted == "readOnly" or stored is not None):
            yield f"{name} is {wanted}"
    yield from hidden(declared, printed)
    yield from _of_parts(declared, printed, value, stored)


def _of_parts(declared: Definition, printed: Definition, value: Any, stored: Any = None) -> Iterator[str]:
    for element in value if isinstance(value, list) else [value]:
        if not isinstance(element, dict) or is_unassigned(element):
            continue
        for name in element:
            part, usual = named(parts_of(declared), name), named(parts_of(printed), name)
            if usual is None:
                continue
            if part is None:
                yield f"the schema has no {declared['name']}.{name}"
                continue
            wanted = ("readOnly",) if stored is None else ("readOnly", "immutable")
            if part.get("mutability") in wanted and part.get("mutability") != usual.get("mutability"):
                yield f"{declared['name']}.{name} is {part['mutability']}"
            yield from hidden(part, usual)
        for part in parts_of(declared):
            usual = named(parts_of(printed), part["name"])
            if newly(part, usual, "required", True) and held_by(element, part["name"]) in (None, ""):
                yield f"{declared['name']}.{part['name']} is required"


# ── PATCH ──


def _of_patch(rules: Rules, body: Json) -> Iterator[str]:
    listed = next((value for key, value in body.items() if key.lower() == "operations"), None)
    for operation in listed if isinstance(listed, list) else ():
        if not isinstance(operation, dict):
            continue
        path, value = operation.get("path"), operation.get("value")
        removes = str(operation.get("op")).lower() == "remove" or is_unassigned(value)
        if isinstance(path, str) and path:
            yield from _of_path(rules, path, value, removes)
        elif isinstance(value, dict):
            for name, held in value.items():
                if isinstance(held, dict) and name.lower().startswith("urn:"):
                    for inner, one in held.items():
                        yield from _of_path(rules, f"{name}:{inner}", one, is_unassigned(one))
                else:
                    yield from _of_path(rules, name, held, is_unassigned(held))


def _of_path(rules: Rules, path: str, value: Any, removes: bool) -> Iterator[str]:
    urn, rest = home_of(rules, path)
    if urn not in rules.target.by_urn:
        if urn in rules.printed:
            yield f"no resource type has {urn}"
        return
    yield from of_names(rules, path)
    words = WORD.findall(QUOTED.sub("", re.sub(r"\[.*\]", "", rest)))
    name, _, sub = words[0].partition(".") if words else ("", "", "")
    declared, printed = rules.pair(urn, name)
    if declared is None or printed is None:
        return
    yield from _of_change(declared, printed, removes)
    part, usual = named(parts_of(declared), sub), named(parts_of(printed), sub)
    if removes and urn in rules.target.required_extensions:
        yield f"the extension {urn} is required"
    if urn != rules.target.core and not removes:
        for other in rules.target.by_urn[urn]:
            if other is not declared and newly(
                other, named(rules.printed.get(urn, []), other["name"]), "required", True
            ):
                yield f"{other['name']} is required"
    if not sub:
        yield from _of_parts(declared, printed, value, value)
    elif part is not None and usual is not None:
        yield from _of_change(part, usual, removes)
        yield from _of_parts(declared, printed, {part["name"]: value})  # in case this creates the complex value


def _of_change(declared: Definition, printed: Definition, removes: bool) -> Iterator[str]:
    for wanted in ("readOnly", "immutable"):
        if newly(declared, printed, "mutability", wanted):
            yield f"{declared['name']} is {wanted}"
    yield from hidden(declared, printed)
    if removes and newly(declared, printed, "required", True):
        yield f"{declared['name']} is required"


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _json(exchange: Exchange) -> Any:
    try:
        return orjson.loads(exchange.request_body or b"null")
    except orjson.JSONDecodeError:
        return None
