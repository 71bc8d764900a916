"""What comes out of a check run: causes, coverage, console, files, comparison; always the same for the same events."""

from __future__ import annotations

import io
import json
import random
import re
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.commands.explain import NothingKnown, explain_id
from conformance.report.badge import badge_text
from conformance.report.causes import causes_of, shape
from conformance.report.compare import COMPARISONS, compare
from conformance.report.console import ConsoleReport, counts_line
from conformance.report.coverage import coverage, totals
from conformance.report.difference import nearest
from conformance.report.formats import FORMATS
from conformance.report.key_request import act_of, path_pattern, said, short_url
from conformance.report.run_events import link_of, section_title
from conformance.report.saved_runs import events_of_html, read_run
from conformance.report.terminal_text import cut, plain
from conformance.requirements.catalogue import catalogue
from conformance.requirements.verdict import Verdict
from simulator.wire.stream import UnreadableStream
from tests.conformance.made_up_runs import BASE, HOSTILE, Event, big_run, broken_patch, check, exchange, run
from tests.support import ROOT, Command

ID = "2819c223-7f76-453a-919d-413861904646"


class Terminal(io.StringIO):
    """A terminal that only remembers."""

    def isatty(self) -> bool:
        return True


def shown(events: list[Event], out: io.StringIO | None = None, **options: Any) -> str:
    target = out or io.StringIO()
    report = ConsoleReport(target, **options)
    for event in events:
        report(event)
    return target.getvalue()


def hostile_run() -> list[Event]:
    """Every text that a target or a file could have a hand in is an attack."""
    told: dict[str, Any] = {
        "title": HOSTILE,
        "message": HOSTILE,
        "expected": HOSTILE,
        "got": HOSTILE + "x",
        "consequence": HOSTILE,
        "fix": HOSTILE,
    }
    told |= {"traceback": HOSTILE, "remarks": [{"verdict": "NOTE", "message": HOSTILE, "expected": "", "got": ""}]}
    sent = exchange(
        1, "PATCH", f"/Users/{ID}?x={HOSTILE}", 200, sent=HOSTILE, answered=HOSTILE, response_headers={"x": HOSTILE}
    )
    events = run(
        sent,
        check(f"test_a[{HOSTILE}]", "FAIL", exchanges=[1], level="lie", **told),
        check("test_b", "UNDECIDED", **told),
        check("test_c", "WARN", **told),
        check("test_d", "WAIVED", waiver=HOSTILE, **told),
        expression=HOSTILE,
    )
    events[0]["target"]["url"] = f"{BASE}/{HOSTILE}"
    events[1]["sentence"] = HOSTILE
    events[-2]["left"] = [f"{BASE}/{HOSTILE}"]
    return events


# ── causes ──


def test_one_missing_attribute_in_many_checks_is_one_cause() -> None:
    many = [
        check(
            f"test_{n}",
            "FAIL",
            requirement=("RFC7643-3.1-10", "RFC7644-3.3-01")[n % 2],
            message=f"meta.location of scimulator-check-1a2b-{n} is missing",
            expected=f"{BASE}/Users/{n:08x}-7f76-453a-919d-413861904646",
            got="None",
        )
        for n in range(23)
    ]
    causes = causes_of(run(*many))
    assert [len(cause.places) for cause in causes] == [23]


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "another message"},
        {"level": "lie"},
        {"verdict": "WARN"},
        {"expected": "True", "got": "None"},
        {"got": "500"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_finding_is_another_cause(changes: dict[str, Any]) -> None:
    base = {"expected": "200", "got": "404", "verdict": "FAIL", "level": "refusal"}
    events = run(check("test_a", **base), check("test_b", **(base | changes)))
    assert len(causes_of(events)) == 2


def test_a_bare_status_is_one_cause_for_each_kind_of_request() -> None:
    told = {"expected": "200 or 204", "message": "another status than expected"}
    events = run(
        exchange(1, "PATCH", f"/Users/{ID}", 500, sent={}),
        exchange(2, "PATCH", "/Users/77", 500, sent={}),
        exchange(3, "PUT", f"/Users/{ID}", 500, sent={}),
        *(check(f"test_{n}", "FAIL", exchanges=[n], got=f"500 (request {n * 1234} failed)", **told) for n in (1, 2, 3)),
    )
    assert sorted(len(cause.places) for cause in causes_of(events)) == [1, 2]


def test_causes_are_sorted_lie_refusal_cosmetic_undecided_warning() -> None:
    kinds = [("WARN", "lie"), ("UNDECIDED", None), ("FAIL", "cosmetic"), ("FAIL", "refusal"), ("FAIL", "lie")]
    events = run(*(check(f"test_{n}", verdict, level=level) for n, (verdict, level) in enumerate(kinds)))
    assert [(cause.verdict, cause.level) for cause in causes_of(events)] == list(reversed(kinds))


def test_wide_causes_come_before_narrow_ones() -> None:
    events = run(check("test_a", "FAIL"), *(check(f"test_{n}", "FAIL", message="wide") for n in range(3)))
    assert [len(cause.places) for cause in causes_of(events)] == [3, 1]


def test_the_order_of_threads_does_not_show() -> None:
    events = run(*broken_patch(), *(check(f"test_{n}", ("PASS", "FAIL", "WARN")[n % 3]) for n in range(30)))
    mixed = events[3:-3]
    random.Random(7).shuffle(mixed)
    other = [*events[:3], *mixed, *events[-3:]]
    for form in ("json", "junit", "markdown", "sarif", "badge"):
        assert FORMATS[form](events) == FORMATS[form](other), form
    assert shown(events) == shown(other)


def test_shapes_keep_statuses_and_drop_chance() -> None:
    assert (
        shape("500 after 1234 ms at 2026-11-25T01:00:00Z for 2819c223-7f76-453a-919d-413861904646")
        == "500 after ‹n› ms at ‹time› for ‹id›"
    )
    assert shape("scimulator-check-ab12-00ff-3@check.example is not at https://h:1/x") == "‹name› is not at ‹url›"


# ── the request that a check is about ──


def test_the_act_is_the_write_before_the_reading_back() -> None:
    events = broken_patch()
    exchanges = {event["number"]: event for event in events[:-1]}
    act = act_of(events[-1], exchanges)
    assert act is not None
    assert (act["method"], act["status"]) == ("PATCH", 204)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([("POST", "/Users", 201), ("GET", "/Users?filter=x", 200), ("DELETE", "/Users/1", 204)], 1),
        (
            [
                ("POST", "/Users", 201),
                ("DELETE", "/Users/1", 204),
                ("GET", "/Users/1", 200),
                ("DELETE", "/Users/1", 404),
            ],
            1,
        ),
        ([("DELETE", "/Users/1", 204), ("DELETE", "/Users/1", 404)], 0),
        ([("DELETE", "/Users/1", 500), ("DELETE", "/Users/1", 500)], 1),
        ([("GET", "/Schemas", 200)], 0),
    ],
)
def test_the_act_is_neither_preparation_nor_cleaning(sent: list[tuple[str, str, int]], expected: int) -> None:
    exchanges = {n: exchange(n, *request) for n, request in enumerate(sent)}
    act = act_of(check(exchanges=list(exchanges)), exchanges)
    assert act is not None
    assert act["number"] == expected


def test_a_finding_that_quotes_a_patch_is_about_it() -> None:
    operations = [[{"op": "add", "path": "nickName", "value": name}] for name in ("é", "b", "c")]
    exchanges = {n: exchange(n, "PATCH", "/Users/1", sent={"Operations": sent}) for n, sent in enumerate(operations)}
    found = check(message=f"PATCH {json.dumps(operations[0], ensure_ascii=False)}: leaves", exchanges=[0, 1, 2])
    act = act_of(found, exchanges)
    assert act is not None
    assert act["number"] == 0


def test_a_request_is_told_in_short() -> None:
    assert short_url(f"{BASE}/Users/{ID}?filter=userName+eq+%22a%22", BASE) == '/Users/2819…?filter=userName eq "a"'
    assert path_pattern(f"{BASE}/Groups/{ID}") == "/Groups/{id}"
    assert path_pattern(f"{BASE}/ServiceProviderConfig") == "/ServiceProviderConfig"
    assert said(broken_patch()[1]) == 'remove  emails[type eq "home"]'
    assert said(exchange(1, "POST", sent={"schemas": ["x"], "userName": "a"})) == '{"userName": "a"}'
    assert said(exchange(1, "POST", sent="no json {")) == "no json {"


# ── the nearest difference ──


@pytest.mark.parametrize(
    ("expected", "got", "pieces"),
    [
        ("200", "204", ("200", "204")),
        ("application/scim+json", "application/json", ("scim+", "")),
        ("['a', 'b']", "['a', 'c']", ("b", "c")),
        ("True", "None", ("True", "None")),
        ("same", "same", ("", "")),
    ],
)
def test_what_differs_is_marked_in_whole_words(expected: str, got: str, pieces: tuple[str, str]) -> None:
    assert nearest(expected, got).pieces == pieces


def test_long_structures_show_the_leaf_that_differs() -> None:
    left = {"schemas": ["urn:x"] * 20, "name": {"givenName": "Anna", "familyName": "Berg"}, "emails": [1, 2]}
    right = {**left, "name": {"givenName": "Ann", "familyName": "Berg"}}
    found = nearest(json.dumps(left), repr(right))
    assert (found.where, found.expected, found.got) == ("name.givenName", '"Anna"', '"Ann"')
    assert nearest(json.dumps(left), json.dumps({**left, "emails": [1]})).where == "emails[1]"
    assert nearest(json.dumps(left), json.dumps({k: v for k, v in left.items() if k != "name"})).got == "nothing"


def test_long_texts_are_cut_around_the_difference() -> None:
    found = nearest("a " * 200 + "x" + " b" * 200, "a " * 200 + "y" + " b" * 200, 60)
    assert found.pieces == ("x", "y")
    assert max(len(found.expected), len(found.got)) <= 60


@pytest.mark.parametrize("deep", ["[" * 3000, "{'a':" * 3000, HOSTILE, "", "1e999", "(" * 200])
def test_no_text_is_too_strange_to_compare(deep: str) -> None:
    assert nearest(deep, deep + "x" * 100).got


# ── coverage ──


def test_a_requirement_shows_the_worst_of_its_checks() -> None:
    id_ = "RFC7644-3.3-01"
    events = run(
        check("test_a", requirement=id_),
        check("test_b", "WARN", requirement=id_),
        check("test_c", "NOTE", requirement=id_),
    )
    row = next(row for section in coverage(events) for row in section.rows if row.requirement.id == id_)
    assert (row.state, len(row.checks)) == ("warned", 3)


def test_every_testable_requirement_is_there_with_or_without_a_check() -> None:
    sections = coverage(run(check(requirement="RFC7644-3.3-01")))
    counted = [row for row in catalogue().values() if row.counts and row.rfc in ("RFC6750", "RFC7643", "RFC7644")]
    counts = totals(sections)
    assert counts["testable"] == len(counted)
    assert (counts["covered"], counts["passed"]) == (1, 1)
    assert counts["not run"] == len(counted) - 1
    assert not any(row.requirement.level == "MAY" for section in sections for row in section.rows)


def test_profiles_are_not_merged() -> None:
    id_ = "RFC7644-3.5.2.3-10"
    assert catalogue()[id_].counts
    events = run(
        check("test_a", requirement=id_),
        check("test_b", "FAIL", requirement=id_, profile="entra"),
        profiles=("rfc", "entra"),
    )
    row = next(row for section in coverage(events) for row in section.rows if row.requirement.id == id_)
    assert row.state == "passed"
    alone = run(check("test_b", "FAIL", requirement=id_, profile="entra"), profiles=("entra",))
    assert [(s.profile, [row.state for row in s.rows]) for s in coverage(alone)] == [("entra", ["failed"])]


def test_a_document_is_shown_when_its_profile_was_asked_for() -> None:
    events = run(check("test_i", profile="interop", requirement="INTEROP-6.3-01"), profiles=("interop", "ipsie-al1"))
    assert {(section.profile, section.document) for section in coverage(events)} == {
        ("interop", "INTEROP"),
        ("ipsie-al1", "IPSIE"),
    }
    assert not any("AL2" in row.requirement.id for section in coverage(events) for row in section.rows)


def test_sections_of_the_documents_have_titles_and_links() -> None:
    for row in catalogue().values():
        assert link_of(row).startswith("https://")
        if row.counts and not row.rfc.startswith(("IPSIEOLD", "IPSIELEV")):
            assert section_title(row.rfc, row.section), row.id


# ── the console ──


def test_the_console_says_what_to_do() -> None:
    told = shown(run(*broken_patch(), check("test_fine")), report="out/report.html")
    lines = told.splitlines()
    assert lines[0].startswith(f"scimulator check  {BASE}     seed 4711")
    assert "a lie: success, wrong state" in told
    assert '      sent      PATCH /Users/2819…   remove  emails[type eq "home"]' in lines
    assert "      expected  ['work@check.example']" in lines
    assert "      got       []" in lines
    assert lines[lines.index("      got       []") + 1] == "                 ^"
    assert "      effect    A person who leaves one list loses all of it." in lines
    assert "      fix       Apply the filter of the path before removing." in lines
    assert '-H "Authorization: Bearer $SCIM_TOKEN"' in told
    assert f"      again     scimulator check --url {BASE} -k test_remove_with_filter_keeps_the_others" in lines
    assert "      explain   scimulator explain RFC7644-3.5.2.2-04" in lines
    assert "  throttled 12 times, waited as told" in lines
    assert lines[-1] == "  2 checks   1 pass   1 fail in 1 cause   exit 1"


def test_the_curl_of_the_console_sends_the_same_request(tmp_path: Path) -> None:
    told = shown(run(*broken_patch()))
    lines = told.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("      curl"))
    end = next(at for at, line in enumerate(lines) if at > begin and line.startswith("      again"))
    script = "\n".join(lines[begin:end]).replace("      curl      curl", 'printf "%s\\n"', 1)
    words = subprocess.run(
        ["sh", "-c", script], env={"SCIM_TOKEN": "tok"}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert words[:4] == ["-i", "-X", "PATCH", f"{BASE}/Users/{ID}"]
    assert "Authorization: Bearer tok" in words
    assert json.loads(words[-1])["Operations"] == [{"op": "remove", "path": 'emails[type eq "home"]'}]


def test_at_most_five_causes_are_told_then_where_the_others_are() -> None:
    events = run(*(check(f"test_{'abcdefghi'[n]}", "FAIL", message=f"finding {'abcdefghi'[n]}") for n in range(9)))
    told = shown(events, report="x.html")
    assert told.count("      again ") == 5
    assert "and 4 more in x.html" in told
    assert told.splitlines()[-1] == "  9 checks   0 pass   9 fail in 9 causes   exit 1"


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
    assert re.search(r"entra +as Microsoft Entra ID sends it +1 ✘", shown(events))
    assert "--profile entra -k test_b" in shown(events)


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


def test_a_failed_preflight_is_told_probe_by_probe() -> None:
    probe = {"event": "preflight", "probe": "reachable", "ok": False, "sentence": "no answer\x1b[2J", "advice": ""}
    end = {"event": "end", "verdict": "Preflight failed.", "exit_code": 3, "summary": {}}
    told = shown([run()[0], probe, end])
    assert "✘ no answer" in told
    assert "\x1b" not in told


# ── files ──


@pytest.mark.parametrize("form", list(FORMATS))
def test_files_are_the_same_for_a_stream_that_was_read_again(form: str) -> None:
    for events in (run(*broken_patch(), check("test_w", "WARN")), hostile_run(), run()):
        assert FORMATS[form](events) == FORMATS[form](json.loads(json.dumps(events)))


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
            drop = ("wire", "about")
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
def test_a_page_without_a_run_is_refused(page: str) -> None:
    with pytest.raises(UnreadableStream, match="no report of a check run"):
        events_of_html(page)


def test_json_has_its_documented_keys() -> None:
    found = json.loads(FORMATS["json"](run(*broken_patch(), check("test_u", "UNDECIDED"))))
    assert list(found) == [
        *(
            "version",
            "tool_version",
            "seed",
            "target",
            "settings",
            "verdict",
            "exit_code",
            "state",
            "counts",
            "profiles",
        ),
        *("coverage", "causes", "checks", "preflight", "weather", "left"),
    ]
    assert (found["version"], found["state"]) == (2, "failed")
    assert found["causes"][0]["places"] == ["rfc7644/test_3_5_2_2_x::test_remove_with_filter_keeps_the_others"]
    assert json.loads(FORMATS["json"](run(check("test_u", "UNDECIDED"))))["state"] == "undecided"
    assert json.loads(FORMATS["json"](run(check())))["state"] == "good"


def test_junit_counts_what_ci_systems_count() -> None:
    verdicts = ("PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "UNDECIDED", "WAIVED")
    root = ET.fromstring(
        FORMATS["junit"](
            run(*(check(f"test_{n}", v) for n, v in enumerate(verdicts)), check("test_e", "FAIL", profile="entra"))
        )
    )
    suites = {suite.get("name"): suite for suite in root}
    assert {name: suites["rfc"].get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
    }
    assert suites["entra"].get("failures") == "1"
    strict = ET.fromstring(FORMATS["junit"](run(check("test_w", "WARN"), level="should")))
    assert strict[0].get("failures") == "1"


def test_junit_and_svg_are_well_formed_whatever_the_target_says() -> None:
    assert ET.fromstring(FORMATS["junit"](hostile_run())) is not None
    assert ET.fromstring(FORMATS["badge"](hostile_run())) is not None
    assert "\x1b" not in FORMATS["junit"](hostile_run())


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


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["PASS"] * 3, "rfc 100 %"),
        (["PASS"] * 999 + ["FAIL"], "rfc 99 %"),
        (["PASS", "UNDECIDED"], "rfc 50 %"),
        (["PASS", "NOT OFFERED", "NOTE"], "rfc 100 %"),
        (["NOT OFFERED"], "rfc not judged"),
        ([], "nothing run"),
    ],
)
def test_the_badge_never_rounds_up(verdicts: list[str], words: str) -> None:
    assert badge_text(run(*(check(f"test_{n}", v) for n, v in enumerate(verdicts)))) == words


@pytest.mark.parametrize(
    ("verdicts", "colour"),
    [
        (["PASS"], "#17703c"),
        (["WARN"], "#8a5a00"),
        (["UNDECIDED"], "#8a5a00"),
        (["PASS", "FAIL"], "#b3261e"),
        ([], "#586174"),
    ],
)
def test_the_badge_has_the_colour_of_the_verdict(verdicts: list[str], colour: str) -> None:
    events = run(
        *(check(f"test_{n}", v) for n, v in enumerate(verdicts)),
        check("test_e", profile="entra") if verdicts == ["PASS"] else check("test_o", "NOT OFFERED"),
    )
    assert f'fill="{colour}"' in FORMATS["badge"](events)


# ── SARIF, against what the standard requires ──


def sarif(events: list[Event]) -> Any:
    return json.loads(FORMATS["sarif"](events))


def test_sarif_has_what_the_standard_requires() -> None:
    events = [*hostile_run()[:-3], *broken_patch(5), *hostile_run()[-3:]]
    log = sarif(events)
    assert log["version"] == "2.1.0"
    (found,) = log["runs"]
    driver = found["tool"]["driver"]
    assert driver["name"]
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://www.rfc-editor.org/rfc/rfc")
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none")
    for result in found["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["kind"] == "fail" or result["level"] == "none"
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9/._%-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] >= 1
        assert result["partialFingerprints"]
    assert all(isinstance(call["executionSuccessful"], bool) for call in found["invocations"])


def test_sarif_has_a_result_for_each_place() -> None:
    verdicts = ("PASS", "FAIL", "WARN", "NOTE", "NOT OFFERED", "UNDECIDED", "WAIVED")
    results = sarif(
        run(*(check(f"test_{n}", v, waiver="known" if v == "WAIVED" else "") for n, v in enumerate(verdicts)))
    )["runs"][0]["results"]
    assert sorted(result["properties"]["verdict"] for result in results) == ["FAIL", "UNDECIDED", "WAIVED", "WARN"]
    waived = next(result for result in results if result["properties"]["verdict"] == "WAIVED")
    assert waived["suppressions"] == [{"kind": "external", "justification": "known"}]


def test_a_finding_has_the_same_fingerprint_in_every_run() -> None:
    prints = [
        sarif(run(check("test_a", "FAIL", message=f"scimulator-check-{run_id}-1 is gone")))["runs"][0]["results"][0][
            "partialFingerprints"
        ]
        for run_id in ("aaaa", "bbbb")
    ]
    assert prints[0] == prints[1]


# ── the page ──


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def test_the_page_holds_nothing_that_a_target_could_start() -> None:
    page = FORMATS["html"](hostile_run())
    elements = Elements()
    elements.feed(page)
    assert not {"img", "iframe", "object", "embed", "link", "form", "base"} & {tag for tag, _ in elements.found}
    assert [tag for tag, _ in elements.found].count("script") == 2
    places = ("#", "https://www.rfc-editor.org/", "https://datatracker.ietf.org/", "https://openid.net/")
    for _, attributes in elements.found:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        assert attributes.get("href", "#").startswith(places)
    assert not any(character in page for character in "\x00\x1b\x07\u202e")


@pytest.mark.slow
@pytest.mark.parametrize("failed", [40, 1200])
def test_a_run_of_full_size_stays_below_five_megabytes(failed: int) -> None:
    events = big_run(failed=failed)
    page = FORMATS["html"](events)
    assert len(page.encode()) < 5_000_000
    again = events_of_html(page)
    trimmed = next(event for event in again if event["event"] == "trimmed")
    assert trimmed["exchanges"] == 15_000
    assert f"{trimmed['kept']:,} of 15,000 exchanges are on this page" in page
    assert len([event for event in again if event["event"] == "check"]) == 1200
    assert len(causes_of(again)) == len(causes_of(events))


def test_the_page_keeps_what_failed_and_what_was_refused() -> None:
    numbers = range(1, 400)
    plain_ones = [
        exchange(n, "GET", "/Users", answered=json.dumps({"n": "x" * 1900, "way": chr(0x4E00 + n)})) for n in numbers
    ]
    refused = exchange(900, "POST", "/Users", 400, sent={"userName": 3}, answered='{"scimType":"invalidValue"}')
    events = run(
        *plain_ones,
        *(check(f"test_{n}", exchanges=[n]) for n in numbers),
        refused,
        check("test_refused", exchanges=[900]),
        *broken_patch(1000),
    )
    kept = {event["number"] for event in events_of_html(FORMATS["html"](events)) if event["event"] == "exchange"}
    assert {900, 1000, 1001, 1002, 1003} <= kept
    alike = run(*(exchange(n) for n in numbers), *(check(f"test_{n}", exchanges=[n]) for n in numbers))
    assert len([e for e in events_of_html(FORMATS["html"](alike)) if e["event"] == "exchange"]) == 1


def test_a_request_that_was_cut_has_no_command() -> None:
    events = run(exchange(1, "POST", "/Users", 500, sent={"x": "y" * 5000}), check("test_a", "FAIL", exchanges=[1]))
    page = FORMATS["html"](events)
    assert "more characters" in page
    assert "<pre>curl" not in page


# ── side by side ──


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
    assert "nothing differs in 1 checks" in COMPARISONS["text"](same, ["a", "b"])


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


# ── explain ──


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        (
            "RFC7644-3.5.2.2-04",
            (
                "says",
                "https://www.rfc-editor.org/rfc/rfc7644#section-3.5.2.2",
                "conformance/checks/",
                "sends",
                "PATCH /Users/{id}",
            ),
        ),
        ("rfc7644-3.5.2.2-04", ("RFC7644-3.5.2.2-04",)),
        ("INTEROP-6.3-01", ("draft-zollner",)),
        ("test_remove_with_filter_keeps_the_others", ("why", "RFC7644-3.5.2.2-04", "scimulator check")),
        (
            "rfc7644/test_3_5_2_2_patch_remove::test_remove_with_filter_keeps_the_others[x]",
            ("test_remove_with_filter_keeps_the_others",),
        ),
        ("undecided", (Verdict.UNDECIDED.value, "Never counted as passed")),
        ("not offered", ("nothing to judge",)),
        ("entra", ("as Microsoft Entra ID sends it", "--profile entra")),
        ("profiles", ("interop", "ipsie-al1", "okta")),
        ("verdicts", ("WAIVED", "NOTE")),
    ],
)
def test_explain_tells_what_it_is_asked(id_: str, words: tuple[str, ...]) -> None:
    told = explain_id(id_)
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    ("id_", "hint"),
    [
        ("RFC7644-3.5.2.2", "RFC7644-3.5.2.2-01"),
        ("RFC7644-3.5.2.2-99", "RFC7644-3.5.2.2-"),
        ("ipsie-al", "ipsie-al1"),
        ("FIAL", "FAIL"),
        ("xyzzy", "Try a requirement"),
    ],
)
def test_explain_hints_at_what_is_near(id_: str, hint: str) -> None:
    with pytest.raises(NothingKnown) as refused:
        explain_id(id_)
    assert hint in str(refused.value)
    assert "\n" not in str(refused.value)


# ── the examples for CI ──


@pytest.mark.slow
@pytest.mark.parametrize("name", ["github-action.yml", "gitlab-ci.yml"])
def test_examples_for_ci_use_options_that_exist(scimulator: Command, name: str) -> None:
    text = (ROOT / "docs" / "ci" / name).read_text()
    assert isinstance(yaml.safe_load(text), dict)
    command = text.partition("scimulator check --profile")[2]
    used = set(re.findall(r" (--[a-z-]+)", command.partition("artifacts")[0].partition("- name")[0]))
    assert {"--sarif", "--junit", "--markdown", "--html"} <= used
    known = scimulator("check", "--help").stdout
    assert {option for option in used | {"--baseline", "--fail-on"} if option not in known} == set()
