"""The output formats of a check run by name. Each is a function of the run's events."""

from __future__ import annotations

from collections.abc import Callable

from conformance.report.badge import as_badge
from conformance.report.html import as_html
from conformance.report.json_report import as_json
from conformance.report.junit import as_junit
from conformance.report.markdown import as_markdown
from conformance.report.sarif import as_sarif
from simulator.stream.events import CheckEvent

Form = Callable[[list[CheckEvent]], str]


def _writable(form: Form) -> Form:
    """Escape lone surrogates, which hostile JSON can contain and which no file can store."""
    return lambda events: form(events).encode("utf-8", "backslashreplace").decode("utf-8")


FORMATS: dict[str, Form] = {
    name: _writable(form)
    for name, form in (
        ("html", as_html),
        ("json", as_json),
        ("junit", as_junit),
        ("markdown", as_markdown),
        ("sarif", as_sarif),
        ("badge", as_badge),
    )
}
