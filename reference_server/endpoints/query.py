"""Lists and searches over one or all resource types (RFC 7644 sections 3.4.2 and 3.4.3)."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from typing import Any, NamedTuple

import orjson

from reference_server import turns
from reference_server.endpoints.matching import matches
from reference_server.endpoints.replies import Reply
from reference_server.scim.errors import InvalidValue, TooMany
from reference_server.scim.filter import Filter, parse_filter
from reference_server.scim.limits import LIST_BYTES
from reference_server.scim.paging import (
    Position,
    decode_cursor,
    encode_cursor,
    list_response,
    parse_cursor_count,
    parse_page,
)
from reference_server.scim.projection import Projection, compile_projection
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.sorting import SortKey, sort_keys
from reference_server.settings import Limits
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.shadow.splice import Shared
from reference_server.storage.tables import Row, Tables

FILTER_ALONE = {"filter"}
SLICE_SECONDS = 0.005  # how long a scan may block other requests
SLICE_RECORDS = 256  # records between two checks of the time
AT_ONCE = 16  # resources that are rendered between two checks of the time and the size
SMALL = 4_096  # bytes of an ordinary resource, of which eight times as many are rendered at once
STEPS_TO_PARSE = 3  # the cost of parsing a record (see `turns.count`)

Hit = tuple[ResourceType, Row]
Run = tuple[ResourceType, list[bytes], list[int]]  # records of one type that follow one another, with their places


class Reader(NamedTuple):
    """The connection that is queried, and the limits of a page."""

    tables: Tables
    shadow: Shadow
    scope: Scope
    base_url: str
    limits: Limits
    cursor_key: Callable[[str], bytes]  # by connection id
    now: Callable[[], datetime]


class _Page(NamedTuple):
    """The requested part of the results. If `cursor` is None, paging is by index from `start` (1-based)."""

    start: int
    size: int
    cursor: str | None
    query_text: str  # the query that a cursor is valid for


async def query(reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]) -> Reply:
    """The ListResponse for these parameters (lower-case names, string values)."""
    if len(rtypes) == 1 and parameters.keys() == FILTER_ALONE:
        condition = parse_filter(parameters["filter"], rtypes[0])
        if condition.lookup is not None:
            return await reader.tables.read(lambda: _matched(reader, rtypes[0], condition), pauses=True)
    shown = [parameters.get("attributes"), parameters.get("excludedattributes")]
    projections = {rtype.name: compile_projection(rtype, *shown) for rtype in rtypes}
    page = _page(reader, rtypes, parameters)
    descending = _descending(parameters)
    text, order_by = parameters.get("filter"), parameters.get("sortby")
    keys = sort_keys(rtypes, order_by, descending) if order_by is not None else None
    others = rtypes if len(rtypes) > 1 else ()
    conditions = [(rtype, parse_filter(text, rtype, others) if text is not None else None) for rtype in rtypes]
    scanned: list[Hit] | None = None
    if not all(condition and condition.lookup for _, condition in conditions) and (text or keys or len(rtypes) > 1):
        scanned = await _scan(reader, conditions)

    def work() -> Reply:
        hits = scanned
        if hits is None and text is not None:
            hits = [hit for rtype, condition in conditions for hit in _served(reader, rtype, condition)]
        if hits is not None and keys is not None:
            hits = _sorted(reader, hits, keys, order_by or "", descending)
        if hits is None and page.cursor is None:  # a part of the complete table
            table, cursor = reader.scope.resources[rtypes[0].name], None
            places_of = reader.shadow.views.places[rtypes[0].name]
            total, runs = len(table), [(rtypes[0], *table.noted_from(page.start - 1, page.size, places_of))]
        else:
            found, total, cursor = _cut(reader, rtypes[0], page, hits, in_order=len(rtypes) == 1 and keys is None)
            runs = _runs(reader, found)
        bodies, number = _rendered(reader, runs, projections)
        return Reply(200, list_response(bodies, number, total, page.start if page.cursor is None else None, cursor))

    return await reader.tables.read(work, pauses=True)


def _matched(reader: Reader, rtype: ResourceType, condition: Filter) -> Reply:
    """The response to a filter that an index serves, without other parameters: providers send it before every POST."""
    hits = _served(reader, rtype, condition)
    projection = compile_projection(rtype, None, None)
    if len(hits) == 1:
        render = reader.shadow.views.renderer(reader.scope, rtype, reader.base_url, projection)
        rows = [hits[0][1]]
        bodies, number = [render([rows[0][1]], _places(reader, rtype, rows))], 1
    else:
        bodies, number = _rendered(reader, _runs(reader, hits[: reader.limits.default_page]), {rtype.name: projection})
    return Reply(200, list_response(bodies, number, len(hits), 1))


def _page(reader: Reader, rtypes: tuple[ResourceType, ...], parameters: Mapping[str, str]) -> _Page:
    limits, cursor = reader.limits, parameters.get("cursor")
    if cursor is None:
        start, count = parse_page(
            parameters.get("startindex"), parameters.get("count"), limits.default_page, limits.max_filter_results
        )
        return _Page(start, count, None, "")
    if "startindex" in parameters:
        raise InvalidValue("startIndex and cursor cannot be combined; use one of them")
    count = parse_cursor_count(parameters.get("count"), limits.default_page, limits.max_filter_results)
    asked = [rtype.name for rtype in rtypes]
    asked += [parameters.get(name, "") for name in ("filter", "sortby", "sortorder")]
    return _Page(1, count, cursor, "\x1f".join(asked))


def _cut(
    reader: Reader, rtype: ResourceType, page: _Page, hits: list[Hit] | None, *, in_order: bool
) -> tuple[list[Hit], int, str | None]:
    """(page, total, cursor of the next page). If `hits` is None, the page is from the complete table of `rtype`.

    Paging by cursor in the order of creation (`in_order`) never skips or repeats a resource, even during other writes.
    """
    table = reader.scope.resources[rtype.name]
    total = len(table) if hits is None else len(hits)
    if page.cursor is None and hits is not None:
        return hits[page.start - 1 : page.start - 1 + page.size], total, None
    key, moment = reader.cursor_key(reader.scope.connection_id), reader.now().timestamp()
    at = decode_cursor(page.cursor, page.query_text, key, moment) if page.cursor else Position(0, 0)
    if hits is None:
        found = [(rtype, row) for row in table.rows_after(at.after, page.size + 1)]
    elif in_order:
        begin = bisect_right(hits, at.after, key=_position)
        found = hits[begin : begin + page.size + 1]
    else:
        found = hits[at.index : at.index + page.size + 1]
    shown = found[: page.size]
    if len(found) <= page.size or not shown:
        return shown, total, None
    following = Position(_position(shown[-1]), at.index + len(shown))
    return shown, total, encode_cursor(following, page.query_text, key, moment)


def _runs(reader: Reader, hits: list[Hit]) -> list[Run]:
    runs = [(rtype, [row for _, row in run]) for rtype, run in groupby(hits, key=_type_of)]
    return [(rtype, [json for _, json in rows], _places(reader, rtype, rows)) for rtype, rows in runs]


def _places(reader: Reader, rtype: ResourceType, rows: list[Row]) -> list[int]:
    return reader.scope.resources[rtype.name].notes(rows, reader.shadow.views.places[rtype.name])


def _rendered(reader: Reader, runs: list[Run], projections: Mapping[str, Projection]) -> tuple[list[bytes], int]:
    """The JSON of the resources in several pieces, and their number."""
    views, scope, base_url = reader.shadow.views, reader.scope, reader.base_url
    for rtype in {rtype for rtype, _, _ in runs} if sum(len(stored) for _, stored, _ in runs) > 1 else ():
        its_own = chain.from_iterable(stored for held, stored, _ in runs if held is rtype)
        views.prefetch(scope, rtype, its_own, projections[rtype.name])
    pieces: list[bytes] = []
    shared: Shared = {}
    number = size = 0
    for rtype, stored, places in runs:
        render = views.renderer(scope, rtype, base_url, projections[rtype.name])
        # A short record of a type with relations, such as a group, can still have many elements.
        is_small = not rtype.relations and sum(map(len, stored)) < SMALL * len(stored)
        at_once = 8 * AT_ONCE if is_small else AT_ONCE
        for begin in range(0, len(stored), at_once):
            part = stored[begin : begin + at_once]
            turns.count(5 * len(part))
            pieces.append(render(part, places[begin : begin + at_once], shared))
            number += len(part)
            size += len(pieces[-1])
            if size > LIST_BYTES.most and number > 1:
                raise TooMany(
                    f"the first {number} resources are larger than {LIST_BYTES.most} bytes; "
                    "request a smaller count or fewer attributes"
                )
    return pieces, number


def _descending(parameters: Mapping[str, str]) -> bool:
    order = parameters.get("sortorder", "ascending").lower()
    if order not in ("ascending", "descending"):
        raise InvalidValue(f'sortOrder: expected ascending or descending, got "{order}"')
    return order == "descending"


def _served(reader: Reader, rtype: ResourceType, condition: Filter | None) -> list[Hit]:
    """The matches among the records that an index returns, in the order of creation as in a scan."""
    assert condition is not None
    assert condition.lookup is not None
    candidates = reader.shadow.candidates(reader.scope, rtype, condition.lookup)
    if condition.exact:
        turns.count(len(candidates))
        return [(rtype, row) for row in candidates]
    test = matches(reader.shadow.views, reader.scope, rtype, reader.base_url, condition)
    found: list[Hit] = []
    for row in candidates:
        turns.count(STEPS_TO_PARSE)
        if test(row[1]):
            found.append((rtype, row))
    return found


async def _scan(reader: Reader, conditions: list[tuple[ResourceType, Filter | None]]) -> list[Hit]:
    """The matches among all records. The scan pauses regularly to let other requests run."""
    hits: list[Hit] = []
    for rtype, condition in conditions:
        if condition is not None and condition.lookup is not None:
            hits += await reader.tables.read(partial(_served, reader, rtype, condition), pauses=True)
            continue
        after = 0
        while after >= 0:
            slice_ = await reader.tables.read(partial(_slice, reader, rtype, condition, after), pauses=True)
            hits += slice_.hits
            after = slice_.after
            await asyncio.sleep(0)
    return hits


class _Slice(NamedTuple):
    """One part of a scan: the matches, and the position where it ended (-1 at the end of the table)."""

    hits: list[Hit]
    after: int


def _slice(reader: Reader, rtype: ResourceType, condition: Filter | None, after: int) -> _Slice:
    table = reader.scope.resources[rtype.name]
    test = matches(reader.shadow.views, reader.scope, rtype, reader.base_url, condition)
    deadline = time.perf_counter() + SLICE_SECONDS
    hits: list[Hit] = []
    while True:
        rows = table.rows_after(after, SLICE_RECORDS)
        for row in rows:
            turns.count(STEPS_TO_PARSE)
            if test(row[1]):
                hits.append((rtype, row))
        if len(rows) < SLICE_RECORDS:
            return _Slice(hits, -1)
        after = rows[-1][0]
        if time.perf_counter() > deadline:
            return _Slice(hits, after)


def _type_of(hit: Hit) -> ResourceType:
    return hit[0]


def _position(hit: Hit) -> int:
    return hit[1][0]


class _Only(NamedTuple):
    """A projection to one top-level attribute."""

    name: str
    whole: bool = False

    def wants(self, attribute: str) -> bool:
        return attribute == self.name

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]:
        return resource


def _sorted(reader: Reader, hits: list[Hit], keys: Mapping[str, SortKey], order_by: str, descending: bool) -> list[Hit]:
    known = [hit for hit in hits if hit[0].name in keys]
    # Resources without a value come last ascending and first descending.
    others = [hit for hit in hits if hit[0].name not in keys]
    show = reader.shadow.views.show
    keyed: list[tuple[Any, Hit]] = []
    for rtype, row in known:
        turns.count(5 + STEPS_TO_PARSE)
        found = rtype.find(order_by)
        assert found is not None
        shown = show(reader.scope, rtype, orjson.loads(row[1]), reader.base_url, _Only(found.attribute.name))
        keyed.append((keys[rtype.name](shown), (rtype, row)))
    in_order = [hit for _, hit in turns.in_order(keyed, descending)]
    return others + in_order if descending else in_order + others
