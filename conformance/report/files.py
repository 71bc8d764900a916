"""The files of a check run by their names, each a function of its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.report.badge import as_badge
from conformance.report.html import as_html
from conformance.report.json_report import as_json
from conformance.report.junit import as_junit
from conformance.report.markdown import as_markdown
from conformance.report.sarif import as_sarif

Event = dict[str, Any]

FORMATS: dict[str, Callable[[list[Event]], str]] = {
    "html": as_html,
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
    "sarif": as_sarif,
    "badge": as_badge,
}
