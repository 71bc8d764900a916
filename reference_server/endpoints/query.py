"""Lists and searches: filter, sort, page and project over one resource type or all of them (RFC 7644 3.4.2, 3.4.3)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from reference_server.endpoints.replies import Reply
from reference_server.scim.errors import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue
from reference_server.scim.filter import Filter, parse_filter
from reference_server.scim.paging import list_response, parse_page
from reference_server.scim.projection import compile_projection
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.sorting import SortKey, sort_key
from reference_server.settings import Limits
from reference_server.shadow.resources import Shadow
from reference_server.shadow.scope import Scope
from reference_server.storage.tables import Record

SLICE_SECONDS = 0.005  # how long a scan may keep other requests waiting
SLICE_CHECK = 128  # records between two looks at the clock

Hit = tuple[ResourceType, Record]


async def query(
    shadow: Shadow,
    scope: Scope,
    base_url: str,
    rtypes: tuple[ResourceType, ...],
    parameters: Mapping[str, str],
    limits: Limits,
) -> Reply:
    """The ListResponse for these parameters (lower-case names, text values)."""
    start, count = parse_page(
        parameters.get("startindex"), parameters.get("count"), limits.default_page, limits.max_filter_results
    )
    projections = {
        rtype.name: compile_projection(rtype, parameters.get("attributes"), parameters.get("excludedattributes"))
        for rtype in rtypes
    }
    condition, order_by = parameters.get("filter"), parameters.get("sortby")
    if condition is None and order_by is None and len(rtypes) == 1:
        table = scope.resources[rtypes[0].name]
        total = len(table)
        page: list[Hit] = [(rtypes[0], record) for record in table.page(start - 1, count)] if count else []
    else:
        descending = _descending(parameters)
        keys = _sort_keys(rtypes, order_by, descending) if order_by is not None else {}
        hits = await _hits(shadow, scope, base_url, rtypes, condition)
        if order_by is not None:
            hits = _sorted(shadow, scope, base_url, hits, keys, descending)
        total = len(hits)
        page = hits[start - 1 : start - 1 + count]
    render = shadow.views.render
    shown = [render(scope, rtype, record, base_url, projections[rtype.name]) for rtype, record in page]
    return Reply(200, list_response(shown, total, start))


def search_parameters(body: Any) -> dict[str, str]:
    """The parameters of a SearchRequest body (RFC 7644 3.4.3) in the form of query parameters."""
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a SearchRequest object")
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


async def _hits(
    shadow: Shadow, scope: Scope, base_url: str, rtypes: tuple[ResourceType, ...], text: str | None
) -> list[Hit]:
    hits: list[Hit] = []
    refused: str | None = None  # not the error itself: it would hold this frame, and this frame it
    understood = False
    for rtype in rtypes:
        if text is None:
            hits += [(rtype, record) for record in scope.resources[rtype.name]]
            continue
        try:
            condition = parse_filter(text, rtype)
        except InvalidFilter as error:
            refused = str(error)  # another type may have the attribute (RFC 7644 3.4.2.1)
            continue
        understood = True
        candidates = shadow.candidates(scope, rtype, condition)
        hits += [(rtype, record) for record in await _matching(shadow, scope, base_url, rtype, condition, candidates)]
    if refused is not None and not understood:
        raise InvalidFilter(refused)
    return hits


async def _matching(
    shadow: Shadow,
    scope: Scope,
    base_url: str,
    rtype: ResourceType,
    condition: Filter,
    candidates: Sequence[Record],
) -> list[Record]:
    matches = condition.matches
    if condition.attributes & shadow.views.computed_names[rtype.name]:

        def test(record: Record) -> bool:
            return matches(shadow.views.show(scope, rtype, record, base_url))
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


def _sorted(
    shadow: Shadow, scope: Scope, base_url: str, hits: list[Hit], keys: Mapping[str, SortKey], descending: bool
) -> list[Hit]:
    known = [hit for hit in hits if hit[0].name in keys]
    others = [hit for hit in hits if hit[0].name not in keys]  # without a value: last ascending, first descending
    known.sort(
        key=lambda hit: keys[hit[0].name](shadow.views.show(scope, hit[0], hit[1], base_url)),
        reverse=descending,
    )
    return others + known if descending else known + others
