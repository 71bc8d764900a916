"""The console of a check run: sections with their marks, the worst failures, one line of counts last."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, TextIO

from conformance.verdict import MARKS, Verdict

Event = dict[str, Any]
MAX_FAILURES = 5
LEVELS = {"lie": 0, "refusal": 1, "cosmetic": 2, None: 3}
WORDS = {"lie": "a lie: success, wrong state", "refusal": "a refusal", "cosmetic": "cosmetic", None: ""}
GROUP_TITLES = {"Entra": "as Microsoft Entra ID sends it", "Okta": "as Okta sends it"}


class ConsoleReport:
    """Listens to a run; width 100, no boxes, colour is never needed to understand it."""

    def __init__(self, out: TextIO | None = None, *, brief: bool = False) -> None:
        self._out = out or sys.stdout
        self._live = self._out.isatty()
        self._brief = brief
        self._probes: list[str] = []
        self._sections: dict[str, Counter[str]] = {}
        self._bad: list[Event] = []
        self._by_cause: Counter[tuple[str, str, str]] = Counter()
        self._done = 0
        self._planned = 0
        self._url = ""

    def __call__(self, event: Event) -> None:
        kind = event["event"]
        if kind == "run":
            self._url = event["target"]["url"]
            profiles = ", ".join(event["settings"]["profiles"])
            if not self._brief:
                self._say(f"scimulator check  {self._url}     seed {event['seed']}   profiles {profiles}\n")
        elif kind == "preflight":
            self._probes.append(f"{'✔' if event['ok'] else '✘'} {event['sentence']}")
        elif kind == "plan":
            self._planned = event["checks"]
            self._say(f"  set-up  {'  '.join(self._probes)}\n")
        elif kind == "check":
            self._take(event)
        elif kind == "end":
            self._finish(event)

    def _take(self, event: Event) -> None:
        section = event["section"] if event["rfc"].startswith("RFC") else ""
        key = f"{event['rfc']:<9}{'' if self._brief else section}"
        self._sections.setdefault(key, Counter())[event["verdict"]] += 1
        self._done += 1
        if event["verdict"] in ("FAIL", "UNDECIDED"):
            cause = _cause(event)
            if not self._by_cause[cause]:
                self._bad.append(event)
            self._by_cause[cause] += 1
        if self._live:
            self._out.write(f"\r\x1b[K  {self._done} of {self._planned}  {event['title'][:80]}")
            self._out.flush()

    def _finish(self, event: Event) -> None:
        if self._live:
            self._out.write("\r\x1b[K")
        if not self._sections:
            for line in self._probes:
                self._say(f"  {line}")
            return
        for key in sorted(self._sections, key=_order):
            counts = self._sections[key]
            marks = "   ".join(f"{counts[v.value]:>3} {MARKS[v]}" for v in Verdict if counts[v.value])
            self._say(f"  {key:<18}{GROUP_TITLES.get(key.strip(), ''):<34}{marks}")
        self._say("")
        self._bad.sort(key=lambda item: (item["verdict"] != "FAIL", LEVELS[item["level"]]))
        for item in self._bad[:MAX_FAILURES]:
            self._tell(item)
        if len(self._bad) > MAX_FAILURES:
            self._say(f"  and {len(self._bad) - MAX_FAILURES} more in the report\n")
        self._say("  " + counts_line(event["summary"].get("verdicts", {}), event["exit_code"]))

    def _tell(self, event: Event) -> None:
        self._say(f"  {MARKS[Verdict(event['verdict'])]} {event['requirements'][0]}  {event['title'][:76]}")
        self._say(f"      found     {event['message'][:84]}   {WORDS[event['level']]}")
        if event["expected"]:
            self._say(f"      expected  {event['expected'][:84]}")
            self._say(f"      got       {event['got'][:84]}")
        more = self._by_cause[_cause(event)] - 1
        if more:
            self._say(f"      and {more} more places with the same finding")
        if event["consequence"]:
            self._say(f"      effect    {event['consequence']}")
        name = event["name"].partition("[")[0]
        self._say(f"      again     scimulator check --url {self._url} -k {name}")
        self._say(f"      explain   scimulator explain {event['requirements'][0]}\n")

    def _say(self, line: str) -> None:
        self._out.write(line.rstrip() + "\n")
        self._out.flush()


def counts_line(verdicts: dict[str, int], exit_code: int) -> str:
    """`214 checks   201 pass   6 fail   2 warn …   exit 1`: one line, greppable."""
    words = {
        "PASS": "pass",
        "FAIL": "fail",
        "WARN": "warn",
        "NOTE": "note",
        "N/A": "not offered",
        "UNDECIDED": "undecided",
    }
    parts = [f"{sum(verdicts.values())} checks"]
    parts += [
        f"{verdicts.get(name, 0)} {word}"
        for name, word in words.items()
        if verdicts.get(name) or name in ("PASS", "FAIL")
    ]
    return "   ".join([*parts, f"exit {exit_code}"])


def _cause(event: Event) -> tuple[str, str, str]:
    """Failures with the same words are one finding in several places."""
    return event["message"], event["expected"], event["got"] if len(event["got"]) < 40 else ""


def _order(key: str) -> tuple[int, str, tuple[int, ...]]:
    rfc, _, section = key.partition(" ")
    numbers = tuple(int(part) for part in section.strip().split(".") if part.isdigit())
    return (0 if rfc.startswith("RFC") else 1, rfc, numbers)
