"""Lists and searches: filter, sort, page and project over one resource type or all of them (RFC 7644 3.4.2, 3.4.3)."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from reference_server.endpoints.replies import Reply
from reference_server.scim.errors import InvalidPath, InvalidSyntax, InvalidValue
from reference_server.scim.filter import Filter, parse_filter
from reference_server.scim.paging import (
    Position,
    decode_cursor,
    encode_cursor,
    list_response,
    parse_cursor_count,
    parse_page,
)
from reference_server.scim.projection import compile_projection
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.sorting import SortKey, sort_key
from reference_server.scim.tolerance import Rules
from reference_server.settings import Limits
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.storage.tables import Record

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
SLICE_SECONDS = 0.005  # how long a scan may keep other requests waiting
SLICE_CHECK = 128  # records between two looks at the clock

Hit = tuple[ResourceType, Record]


class Reader(NamedTuple):
    """Whose resources are asked for, and what a page of them may be."""

    shadow: Shadow
    scope: Scope
    base_url: str
    limits: Limits
    cursor_key: Callable[[str], bytes]  # by connection id
    now: Callable[[], datetime]


async def query(reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]) -> Reply:
    """The ListResponse for these parameters (lower-case names, text values)."""
    shown = [parameters.get("attributes"), parameters.get("excludedattributes")]
    projections = [compile_projection(rtype, *shown) for rtype in rtypes]
    cursor: str | None = None
    start: int | None
    if "cursor" in parameters:
        page, total, cursor = await _page_at_cursor(reader, rtypes, parameters)
        start = None
    else:
        page, total, start = await _page_at_index(reader, rtypes, parameters)
    render, scope, base_url = reader.shadow.views.render, reader.scope, reader.base_url
    if len(rtypes) == 1:
        bodies = [render(scope, rtype, record, base_url, projections[0]) for rtype, record in page]
    else:
        by_name = {rtype.name: projection for rtype, projection in zip(rtypes, projections, strict=True)}
        bodies = [render(scope, rtype, record, base_url, by_name[rtype.name]) for rtype, record in page]
    return Reply(200, list_response(bodies, total, start, cursor))


async def _page_at_index(
    reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]
) -> tuple[list[Hit], int, int]:
    limits = reader.limits
    start, count = parse_page(
        parameters.get("startindex"), parameters.get("count"), limits.default_page, limits.max_filter_results
    )
    if len(rtypes) == 1 and "filter" not in parameters and "sortby" not in parameters:
        _descending(parameters)
        table = reader.scope.resources[rtypes[0].name]
        return [(rtypes[0], record) for record in table.page(start - 1, count)], len(table), start
    hits = await _ordered_hits(reader, rtypes, parameters)
    return hits[start - 1 : start - 1 + count], len(hits), start


async def _page_at_cursor(
    reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]
) -> tuple[list[Hit], int, str | None]:
    """(page, total, cursor of the next one). In the order of creation nobody is skipped or repeated whatever else changes."""
    if "startindex" in parameters:
        raise InvalidValue("startIndex and cursor: expected one of them, they are two ways to page")
    limits, moment = reader.limits, reader.now().timestamp()
    count = parse_cursor_count(parameters.get("count"), limits.default_page, limits.max_filter_results)
    asked = [
        *(rtype.name for rtype in rtypes),
        *(parameters.get(name, "") for name in ("filter", "sortby", "sortorder")),
    ]
    query_text = "\x1f".join(asked)
    at, key = Position(0, 0), reader.cursor_key(reader.scope.connection_id)
    if parameters["cursor"]:
        at = decode_cursor(parameters["cursor"], query_text, key, moment)
    table = reader.scope.resources[rtypes[0].name]
    if len(rtypes) == 1 and "sortby" not in parameters:
        if "filter" not in parameters:
            _descending(parameters)
            total = len(table)
            found: list[Hit] = [(rtypes[0], record) for record in table.page_after(at.after, count + 1)]
        else:
            hits = await _ordered_hits(reader, rtypes, parameters)
            total = len(hits)
            found = hits[bisect_right(hits, at.after, key=lambda hit: table.position(hit[1]["id"])) :][: count + 1]
    else:
        hits = await _ordered_hits(reader, rtypes, parameters)
        total, found = len(hits), hits[at.index : at.index + count + 1]
    page = found[:count]
    if len(found) <= count or not page:
        return page, total, None
    following = Position(table.position(page[-1][1]["id"]), at.index + len(page))
    return page, total, encode_cursor(following, query_text, key, moment)


def search_parameters(body: Any, rules: Rules) -> dict[str, str]:
    """The parameters of a SearchRequest body (RFC 7644 3.4.3) in the form of query parameters."""
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a SearchRequest object")
    schemas = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if (rules.strict and not schemas) or (schemas and (not isinstance(schemas, list) or SEARCH_URN not in schemas)):
        raise InvalidSyntax(f'schemas: expected ["{SEARCH_URN}"]')
    parameters: dict[str, str] = {}
    for name, value in body.items():
        key = name.lower()
        if value is None or key == "schemas":
            continue
        if key in ("attributes", "excludedattributes"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise InvalidValue(f"{name}: expected a list of attribute names")
            parameters[key] = ",".join(value)
        elif key in ("startindex", "count"):
            if not isinstance(value, int) or isinstance(value, bool):
                raise InvalidValue(f"{name}: expected an integer")
            parameters[key] = str(value)
        elif key in ("filter", "sortby", "sortorder", "cursor"):
            if not isinstance(value, str):
                raise InvalidValue(f"{name}: expected a string")
            parameters[key] = value
    return parameters


def _descending(parameters: Mapping[str, str]) -> bool:
    order = parameters.get("sortorder", "ascending").lower()
    if order not in ("ascending", "descending"):
        raise InvalidValue(f'sortOrder: expected ascending or descending, got "{order}"')
    return order == "descending"


async def _ordered_hits(reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]) -> list[Hit]:
    """Everything that matches, in the order that is asked for, else in the order of creation."""
    descending = _descending(parameters)
    order_by = parameters.get("sortby")
    if order_by is None:
        return await _hits(reader, rtypes, parameters.get("filter"))
    keys = _sort_keys(rtypes, order_by, descending)
    return _sorted(reader, await _hits(reader, rtypes, parameters.get("filter")), keys, descending)


async def _hits(reader: Reader, rtypes: tuple[ResourceType, ...], text: str | None) -> list[Hit]:
    if text is None:
        return [(rtype, record) for rtype in rtypes for record in reader.scope.resources[rtype.name]]
    others = rtypes if len(rtypes) > 1 else ()
    hits: list[Hit] = []
    for rtype in rtypes:
        hits += [(rtype, record) for record in await _matching(reader, rtype, parse_filter(text, rtype, others))]
    return hits


async def _matching(reader: Reader, rtype: ResourceType, condition: Filter) -> list[Record]:
    matches, views = condition.matches, reader.shadow.views
    candidates = reader.shadow.candidates(reader.scope, rtype, condition)
    if condition.attributes & views.computed_names[rtype.name]:

        def test(record: Record) -> bool:
            return matches(views.show(reader.scope, rtype, record, reader.base_url))
    else:

        def test(record: Record) -> bool:
            return matches(record["resource"])

    if len(candidates) < SLICE_CHECK:  # what an index gave, nearly always
        return [record for record in candidates if test(record)]
    found: list[Record] = []
    deadline = time.perf_counter() + SLICE_SECONDS
    for number, record in enumerate(candidates):
        if test(record):
            found.append(record)
        if number % SLICE_CHECK == 0 and time.perf_counter() > deadline:
            await asyncio.sleep(0)
            deadline = time.perf_counter() + SLICE_SECONDS
    return found


def _sort_keys(rtypes: tuple[ResourceType, ...], order_by: str, descending: bool) -> dict[str, SortKey]:
    """A key for each type that has the attribute; raises InvalidPath when none has it."""
    keys: dict[str, SortKey] = {}
    refused: str | None = None
    for rtype in rtypes:
        try:
            keys[rtype.name] = sort_key(rtype, order_by, descending)
        except InvalidPath as error:
            refused = str(error)
    if refused is not None and not keys:
        raise InvalidPath(refused)
    return keys


def _sorted(reader: Reader, hits: list[Hit], keys: Mapping[str, SortKey], descending: bool) -> list[Hit]:
    known = [hit for hit in hits if hit[0].name in keys]
    others = [hit for hit in hits if hit[0].name not in keys]  # without a value: last ascending, first descending
    show = reader.shadow.views.show
    known.sort(
        key=lambda hit: keys[hit[0].name](show(reader.scope, hit[0], hit[1], reader.base_url)), reverse=descending
    )
    return others + known if descending else known + others
