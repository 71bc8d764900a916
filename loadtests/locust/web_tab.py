"""The SCIM tab on Locust's web page: totals by operation, errors by scimType, created users, and leavers still active."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from locust.env import Environment

from loadtests.scenarios.operations import THROTTLED

KEY = "scim"
TABLE = {
    "key": KEY,
    "structure": [{"key": "what", "title": "What"}, {"key": "number", "title": "Number"}],
}
SHOWN = {
    "people": "users in the target",
    "created": "created users, including setup",
    "leavers": "leavers",
    "still_active": "leavers still active",
}


def add_tab(environment: Environment, progress: Callable[[], dict[str, int]]) -> None:
    """Add the tab. It is filled from /stats/requests, which the page polls; `progress` adds what Locust does not know."""
    page = environment.web_ui
    assert page is not None
    assert page.app is not None
    page.template_args["extended_tabs"] = [{"title": "SCIM", "key": KEY}]
    page.template_args["extended_tables"] = [TABLE]

    def fill(response: Response) -> Response:
        if request.path == "/stats/requests" and response.is_json:
            extended = [{"key": KEY, "data": rows(environment, progress())}]
            response.set_data(jsonify({**response.get_json(), "extended_stats": extended}).get_data())
        return response

    page.app.after_request(fill)


def rows(environment: Environment, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The rows `{"what", "number"}` of the tab, in order."""
    stats = environment.stats
    waits = sum(entry.num_requests for entry in stats.entries.values() if entry.name == THROTTLED)
    table: list[tuple[str, int]] = [("setup in progress (not measured)", 1)] if counts.get("setting_up") else []
    table += [(told, counts.get(name, 0)) for name, told in SHOWN.items()]
    table.append(("responses 429 (retried)", waits))
    operations = sorted(entry.name for entry in stats.entries.values() if entry.name != THROTTLED)
    by_name = {entry.name: entry for entry in stats.entries.values()}
    table += [(name, by_name[name].num_requests) for name in operations]
    table += [(f"error: {error.name}: {error.error}", error.occurrences) for error in stats.errors.values()]
    return [{"what": what, "number": number} for what, number in table]
