"""A baseline: only failures that it does not have are new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.report.formats import FORMATS
from conformance.settings.bad_input import BadInput
from conformance.settings.baseline import new_failures, read_baseline, verdicts_of
from tests.conformance.made_up_runs import broken_patch, check, run


def test_only_failures_that_the_baseline_lacks_are_new() -> None:
    before = run(check("test_a", "FAIL"), check("test_b"), check("test_c", "UNDECIDED"), check("test_d", "WAIVED"))
    now = run(*(check(f"test_{name}", "FAIL") for name in "abcde"), check("test_w", "WARN"))
    assert [event["name"] for event in new_failures(verdicts_of(before), now)] == [
        "test_b",
        "test_c",
        "test_d",
        "test_e",
    ]


def test_a_known_failure_that_is_undecided_today_is_not_new() -> None:
    assert new_failures(verdicts_of(run(check("test_a", "FAIL"))), run(check("test_a", "UNDECIDED"))) == []


def test_a_new_warning_counts_when_every_should_counts() -> None:
    now = run(check("test_w", "WARN"), level="should")
    assert [event["name"] for event in new_failures(verdicts_of(run(check("test_w"))), now)] == ["test_w"]
    assert new_failures(verdicts_of(run(check("test_w"))), run(check("test_w", "WARN"))) == []


@pytest.mark.parametrize("form", ["json", "html", "jsonl"])
def test_a_baseline_is_a_stream_or_a_report(tmp_path: Path, form: str) -> None:
    events = run(*broken_patch(), check("test_b"))
    path = tmp_path / f"baseline.{form}"
    lines = "".join(json.dumps(event) + "\n" for event in events)
    path.write_text(lines if form == "jsonl" else FORMATS[form](events))
    assert new_failures(read_baseline(path), events) == []
    assert len(new_failures(read_baseline(path), run(*broken_patch(), check("test_b", "FAIL")))) == 1


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{}"), ("a.json", "["), ("a.html", "<p>"), ("a.jsonl", "{}"), ("b", None)]
)
def test_what_is_no_baseline_is_rejected_in_one_line(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=name) as refused:
        read_baseline(tmp_path / name)
    assert "\n" not in str(refused.value)
    assert refused.value.code == 2
