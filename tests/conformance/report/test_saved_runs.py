"""A run is read again from its HTML report; a page without a run is rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.report.formats import FORMATS
from conformance.report.saved_runs import events_of_html, read_run
from simulator.stream.run_stream import UnreadableStream
from tests.conformance.made_up_runs import broken_patch, check, run, shown


def test_a_page_is_read_again_into_the_same_page(tmp_path: Path) -> None:
    events = run(*broken_patch(), check("test_w", "WARN"), check("test_n", "NOT OFFERED"))
    page = FORMATS["html"](events)
    (tmp_path / "page.html").write_text(page)
    again = read_run(tmp_path / "page.html")
    assert FORMATS["html"](again) == page
    assert shown(again) == shown(events)
    for form in ("json", "junit", "markdown", "sarif", "badge"):
        left, right = FORMATS[form](events), FORMATS[form](again)
        if form == "json":
            drop = ("wire", "about", "root")
            value = json.loads(right)
            value["checks"] = [{k: v for k, v in found.items() if k not in drop} for found in value["checks"]]
            assert value == json.loads(left)
        else:
            assert left == right, form


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>",
        '<script type="application/json" id="data">{}</script>',
        '<script type="application/json" id="data">[</script>',
    ],
)
def test_a_page_without_a_run_is_rejected(page: str) -> None:
    with pytest.raises(UnreadableStream, match="not a report of a check run"):
        events_of_html(page)
