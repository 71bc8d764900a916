"""Special properties of a request (traits), which rows of roots.csv can require in the column `sent`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulator.stream.events import ExchangeEvent

_NAMES = (
    *("userName", "displayName", "nickName", "externalId", "userType", "preferredLanguage", "profileUrl"),
    *("givenName", "familyName", "middleName", "formatted", "active", "title", "timezone", "locale"),
    *("emails", "members", "name"),
)
_SPELLINGS = {name.lower(): name for name in _NAMES}


def traits_of(exchange: ExchangeEvent) -> frozenset[str]:
    """The traits of a request:

    `filter`       it has a filter
    `filter-urn`   its filter names an attribute of a core schema with its URN
    `no-object`    its body is not a JSON object
    `null`         its body contains a null
    `path-filter`  the path of a PATCH operation has a value filter
    `path-urn`     the path of a PATCH operation begins with a URN
    `path-case`    the path of a PATCH operation spells a known attribute in another case
    """
    body = exchange.get("request_body") or ""
    parsed = _parsed(body)
    found = set(_of_paths(parsed)) if exchange["method"] == "PATCH" else set()
    if filter_of(exchange) or "filter=" in urlsplit(exchange["url"]).query:
        found.add("filter")
    if "urn:ietf:params:scim:schemas:core:" in filter_of(exchange):
        found.add("filter-urn")
    if exchange["method"] in ("POST", "PUT", "PATCH") and not isinstance(parsed, dict):
        found.add("no-object")
    if _holds_null(parsed):
        found.add("null")
    return frozenset(found)


def filter_of(exchange: ExchangeEvent) -> str:
    """The filter of a GET or of a search by POST; empty without one."""
    url = exchange["url"]
    expression = " ".join(parse_qs(urlsplit(url).query).get("filter", ())) if "?" in url else ""
    if not expression and url.endswith("/.search"):
        body = _parsed(exchange.get("request_body") or "")
        expression = str(body.get("filter", "")) if isinstance(body, dict) else ""
    return expression


def _of_paths(body: Any) -> Iterator[str]:
    operations = body.get("Operations") if isinstance(body, dict) else None
    for operation in operations if isinstance(operations, list) else ():
        path = operation.get("path") if isinstance(operation, dict) else None
        if not isinstance(path, str):
            continue
        if "[" in path:
            yield "path-filter"
        if path.lower().startswith("urn:"):
            yield "path-urn"
        first = re.split(r"[.\[]", path, maxsplit=1)[0]
        if _SPELLINGS.get(first.lower(), first) != first:
            yield "path-case"


def _holds_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_null(held) for held in value.values())
    if isinstance(value, list):
        return any(_holds_null(held) for held in value)
    return value is None


def _parsed(body: str) -> Any:
    try:
        return json.loads(body) if body else ""
    except (ValueError, RecursionError):
        return ""
