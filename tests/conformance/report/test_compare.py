"""Several runs side by side: only what differs is shown."""

from __future__ import annotations

import re

from conformance.report.compare import COMPARISONS, compare
from tests.conformance.made_up_runs import (
    HOSTILE,
    check,
    hostile_run,
    run,
)


def test_only_what_differs_is_shown() -> None:
    left = run(check("test_a"), check("test_b", "FAIL"), check("test_c", "WARN"))
    right = run(check("test_a"), check("test_b"), check("test_c", "WARN"), check("test_d"))
    lines = compare([left, right]).lines
    assert [line.id.partition("::")[2] for line in lines] == ["test_b", "test_d"]
    assert len(compare([left, right], everything=True).lines) == 4
    told = COMPARISONS["text"]([left, right], ["old", "new"])
    assert re.search(r"^  A  old ", told)
    assert re.search(r"^  ✘  ✔  test_b  test_b does", told, re.MULTILINE)
    assert "2 of 4 checks differ" in told
    assert "✘ FAIL" in told


def test_the_same_verdict_for_another_reason_differs() -> None:
    left, right = run(check("test_a", "FAIL", message="one")), run(check("test_a", "FAIL", message="two"))
    assert len(compare([left, right]).lines) == 1
    same = [run(check("test_a", "FAIL", message=f"{n} users")) for n in (1234, 5678)]
    assert compare(same).lines == ()
    assert "nothing differs in 1 check\n" in COMPARISONS["text"](same, ["a", "b"])


def test_many_runs_have_a_letter_each() -> None:
    runs = [run(check("test_a", "FAIL" if n == 3 else "PASS")) for n in range(12)]
    told = COMPARISONS["markdown"](runs, [f"server {n}" for n in range(12)])
    assert "| A | B | C | D |" in told
    row = next(line for line in told.splitlines() if "FAIL" in line and line.startswith("|"))
    assert row.count("✔ PASS") == 11


def test_comparisons_escape_what_is_foreign() -> None:
    page = COMPARISONS["html"]([hostile_run(), run()], [HOSTILE, "b"])
    assert "<img" not in page
    told = re.sub(r"`[^`\n]*`", "", COMPARISONS["markdown"]([hostile_run(), run()], [HOSTILE, "b"]))
    assert "<img" not in told
