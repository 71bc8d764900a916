"""The Markdown summary keeps text from the target inside code and fits into a comment."""

from __future__ import annotations

import re

from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import (
    check,
    hostile_run,
    run,
)


def test_markdown_keeps_foreign_text_inside_code() -> None:
    told = FORMATS["markdown"](hostile_run())
    outside = re.sub(r"```.*?```|`[^`\n]*`", "", told, flags=re.DOTALL)
    outside = re.sub(r"<code>[^<]*</code>", "", outside)
    assert "<img" not in outside
    assert "@everyone" not in outside
    assert "onerror" not in outside
    rows = [line for line in told.splitlines() if line.startswith("|")]
    for row in rows[:4]:
        assert len(re.findall(r"(?<!\\)\|", row)) == 7, row


def test_the_summary_of_a_client_names_its_command_and_no_seed() -> None:
    events = run(check(), profiles=["client"], client="-- python3 sync.py")
    events[0]["seed"] = None
    lines = FORMATS["markdown"](events).splitlines()
    assert lines[0] == "## ✔ SCIM conformance of a client"
    assert "`scimulator check-client -- python3 sync.py`, profile `client`" in lines
    assert FORMATS["markdown"](run(check())).startswith("## ✔ SCIM conformance\n")


def test_markdown_fits_into_a_comment() -> None:
    events = run(
        *(
            check(f"test_{a}{b}", "FAIL", message=f"finding {a}{b}", expected="x" * 900, got="y" * 900)
            for a in "abcdefgh"
            for b in "abcdefgh"
        )
    )
    assert len(FORMATS["markdown"](events)) < 65_000
    assert "and 44 more causes" in FORMATS["markdown"](events)
