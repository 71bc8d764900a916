"""The console of a check run: what it shows, what it leaves out, and what it escapes."""

from __future__ import annotations

import io
import re

import pytest

from conformance.report.compare import COMPARISONS
from conformance.report.console import counts_line
from conformance.report.terminal_text import cut, plain
from tests.conformance.made_up_runs import (
    BASE,
    HOSTILE,
    broken_patch,
    check,
    hostile_run,
    run,
    shown,
)


class Terminal(io.StringIO):
    """A terminal that only remembers."""

    def isatty(self) -> bool:
        return True


def test_the_console_says_what_to_do() -> None:
    told = shown(run(*broken_patch(), check("test_fine")), report="out/report.html")
    lines = told.splitlines()
    assert lines[0].startswith(f"scimulator check  {BASE}     seed 4711")
    assert "wrong result: success reported, wrong state" in told
    assert '      sent      PATCH /Users/2819…   remove  emails[type eq "home"]' in lines
    assert "      expected  ['work@check.example']" in lines
    assert "      got       []" in lines
    assert lines[lines.index("      got       []") + 1] == "                 ^"
    assert "      effect    Removing one value or member removes all of them." in lines
    assert "      fix       Apply the filter of the path before removing." in lines
    assert '-H "Authorization: Bearer $SCIM_TOKEN"' in told
    assert f"      again     scimulator check --url {BASE} -k test_remove_with_filter_keeps_the_others" in lines
    assert "      explain   scimulator explain RFC7644-3.5.2.2-04" in lines
    assert "  the target throttled 12 requests, which were retried after waiting" in lines
    assert lines[-1] == "  2 checks   1 pass   1 fail in 1 cause   exit 1"


def test_five_causes_are_reported_and_the_headlines_of_the_next_ones() -> None:
    events = run(*(check(f"test_{'abcdefghi'[n]}", "FAIL", message=f"finding {'abcdefghi'[n]}") for n in range(9)))
    told = shown(events, report="x.html")
    assert told.count("      again ") == 5
    assert told.count("✘ RFC7644-3.5.2.2-04  test_") == 9
    assert "More about each of them is in x.html." in told
    assert told.splitlines()[-1] == "  9 checks   0 pass   9 fail in 9 causes   exit 1"


def test_twenty_causes_are_named_then_where_the_others_are() -> None:
    letters = "abcdefghijklmnopqrstuvw"
    told = shown(run(*(check(f"test_{x}", "FAIL", message=f"finding {x}") for x in letters)), report="x.html")
    assert told.count("✘ RFC7644-3.5.2.2-04  test_") == 20
    assert "and 3 more in x.html" in told


def test_warnings_take_a_line_each_and_a_block_when_every_should_counts() -> None:
    events = run(check("test_w", "WARN", message="only a SHOULD"))
    assert shown(events).splitlines()[6:8] == [
        "  ! RFC7644-3.5.2.2-04  test_w does what it says.",
        "      found     only a SHOULD",
    ]
    assert "again" not in shown(events)
    assert "      again" in shown(run(check("test_w", "WARN"), level="should", code=1))


def test_a_chapter_without_findings_takes_one_line_another_is_opened() -> None:
    good = [check(f"test_{n}", requirement=f"RFC7644-3.4.2.{n}-01") for n in (1, 2, 3)]
    assert [line.split()[:3] for line in shown(run(*good)).splitlines() if "✔" in line][1:] == [["RFC", "7644", "3.4"]]
    bad = check("test_x", "FAIL", requirement="RFC7644-3.4.2.2-02")
    told = shown(run(*good, bad))
    assert re.search(r"3\.4\.2\.2  Filtering +1 ✔ +1 ✘", told)
    assert re.search(r"3\.4\.2\.3  Sorting +1 ✔", told)


def test_profiles_stand_apart_on_the_console() -> None:
    events = run(check("test_a"), check("test_b", "FAIL", profile="entra"), profiles=("rfc", "entra"))
    assert re.search(r"RFC 7644 +3\.5 .*1 ✔", shown(events))
    assert re.search(r"entra +requests of Microsoft Entra ID +1 ✘", shown(events))
    assert "--profile entra -k test_b" in shown(events)


def test_a_profile_with_warnings_has_failed_when_every_should_counts() -> None:
    events = [check("test_a"), check("test_w", "WARN", profile="entra")]
    line = "{} requests of Microsoft Entra ID: {} in 1 check"
    assert line.format("✔", "no failure") in shown(run(*events, profiles=("rfc", "entra")))
    assert line.format("✘", "1 warn") in shown(run(*events, profiles=("rfc", "entra"), level="should", code=1))


def test_brief_leaves_out_the_heading_and_the_sections() -> None:
    told = shown(run(check("test_a"), check("test_b", requirement="RFC7643-3.1-10")), brief=True)
    assert "seed" not in told
    assert "3.5" not in told
    assert told.splitlines()[-1] == "  2 checks   2 pass   0 fail   exit 0"


def test_without_a_terminal_there_is_neither_colour_nor_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    events = run(*broken_patch())
    assert "\x1b" not in shown(events)
    assert "\r" not in shown(events)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    coloured = shown(events, Terminal())
    assert "\x1b[1;31m" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1" not in shown(events, Terminal())
    without = re.sub(r"\r\x1b\[K[^\r\n]*(?=\r)|\r\x1b\[K|\x1b\[[0-9;]*m", "", coloured)
    assert without == shown(events), "colour and progress are all that a terminal adds"


def test_counts_are_one_greppable_line() -> None:
    counts = {"PASS": 201, "FAIL": 6, "WARN": 2, "NOT OFFERED": 4, "UNDECIDED": 1}
    line = counts_line(counts, 1, 3)
    assert line == "214 checks   201 pass   6 fail in 3 causes   2 warn   4 not offered   1 undecided   exit 1"


def test_foreign_text_is_harmless_on_the_console() -> None:
    for told in (
        shown(hostile_run()),
        shown(hostile_run(), Terminal()),
        COMPARISONS["text"]([hostile_run(), run()], ["a", HOSTILE]),
    ):
        assert "\x1b]" not in told
        assert "\x1b[31mowned" not in told
        assert not any(character in told for character in "\x07\x00‮\u2028")
    assert all(line.isprintable() for line in shown(hostile_run()).split("\n"))
    assert plain("a\x1b[31mb\u202ec\nd\ud800") == r"a\x1b[31mb\u202ec d\ud800"
    assert cut("日本語日本語", 7) == "日本語…"


def test_a_failed_preflight_is_reported_probe_by_probe() -> None:
    probe = {"event": "preflight", "probe": "reachable", "ok": False, "sentence": "no answer\x1b[2J", "advice": ""}
    end = {"event": "end", "verdict": "Preflight failed.", "exit_code": 3, "summary": {}}
    told = shown([run()[0], probe, end])
    assert "✘ no answer" in told
    assert "\x1b" not in told
