"""The precision table: it counts reported causes by their reviewed rows, and the kept table meets the bar."""

from __future__ import annotations

import re
from typing import Any

from tests.conformance import made_up_runs
from tests.conformance.made_up_runs import check
from tests.foreign.precision import TABLE, precision, table_of, written
from tests.foreign.reviewed_causes import COLUMNS
from tests.foreign.targets import EVERY


def row(checks: str, **changed: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {
        "verdict": "FAIL",
        "checks": checks,
        "right": "yes",
        "headline": "yes",
        **changed,
    }


def test_causes_count_as_their_rows_say() -> None:
    events: list[Any] = made_up_runs.run(
        check("test_a", "FAIL", message="one"),
        check("test_b", "FAIL", message="two"),
        check("test_c", "FAIL", message="three"),
        check("test_d", "UNDECIDED", message="four"),
        check("test_e", "PASS"),
    )
    rows = [
        row("test_a", first="yes", why="no one gets in"),
        row("test_b", right="no", headline="other words", why="the check is wrong"),
    ]
    of = precision("some", events, rows)
    assert (of.causes, of.true, of.headline, of.first, of.first_of) == (3, 1, 1, 1, 3)
    assert (of.findings, of.findings_true, of.undecided, of.checks, of.unreviewed) == (3, 1, 1, 5, 2)
    assert "| some | 3 | 1 (33%) | 1 (33%) | 1 of 3 |" in of.line
    assert "| all | 6 | 2 (33%) | 2 (33%) | 2 of 6 |" in table_of([of, of])
    assert "No one gets in." in written([of])


def test_the_kept_table_meets_the_bar() -> None:
    """At least 98% of the causes are true, 95% have the right headline, and under 2% of the checks are undecided."""
    table = TABLE.read_text("utf-8")
    lines = {
        cells[0]: cells[1:] for line in table.splitlines() if (cells := [c.strip() for c in line.strip("|").split("|")])
    }
    assert set(EVERY) <= set(lines)
    for name in EVERY:
        _, _, _, first, *_, undecided, unreviewed = lines[name]
        assert first.split()[0] == first.split()[-1], name
        assert float(undecided.partition("(")[2].removesuffix("%)")) < 2, name
        assert unreviewed == "0", name
    _, true, headline, *_ = lines["all"]
    assert _share(true) >= 98
    assert _share(headline) >= 95


def _share(cell: str) -> int:
    found = re.search(r"\((\d+)%\)", cell)
    assert found, cell
    return int(found[1])
