"""SARIF 2.1.0 for code scanning: a rule for each violated requirement, and a result for each finding."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from conformance.report.causes import shape
from conformance.report.key_request import about
from conformance.report.run_events import checks_of, end_of, exchanges_of, header_of, link_of, profile_of, section_title
from conformance.report.terminal_text import plain
from conformance.requirements.catalogue import STRICT_LEVELS, catalogue
from simulator.stream.events import CheckEvent, CheckResultEvent, CheckRunEvent, ExchangeEvent

Json = dict[str, Any]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"FAIL": "error", "WARN": "warning", "WAIVED": "error", "UNDECIDED": "none"}


def as_sarif(events: list[CheckEvent]) -> str:
    """The SARIF log. FAIL is an error, WARN a warning, UNDECIDED an open result, and WAIVED a suppressed error.

    The source files of the server are unknown, so the location of a result is the check that found it, and its logical location
    is the request.
    """
    exchanges = exchanges_of(events)
    header, end = header_of(events), end_of(events)
    found = [check for check in checks_of(events) if check["verdict"] in LEVELS]
    ids = sorted({check["requirements"][0] for check in found})
    run = {
        "tool": {"driver": _driver(header, ids)},
        "automationDetails": {"id": f"scimulator-check/{'-'.join(header['settings']['profiles'])}/"},
        "invocations": [{"executionSuccessful": True, "exitCode": end["exit_code"]}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(check, ids, exchanges) for check in found],
        "properties": {
            "target": header["target"]["url"],
            "seed": header["seed"],
            "verdict": end["verdict"],
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def _driver(header: CheckRunEvent, ids: list[str]) -> Json:
    return {
        "name": "Scimulator",
        "semanticVersion": str(header.get("version") or "0.0.0"),
        "rules": [_rule(id_) for id_ in ids],
    }


def _rule(id_: str) -> Json:
    row = catalogue().get(id_)
    if row is None:
        return {"id": id_, "shortDescription": {"text": id_}}
    place = f"{row.rfc} section {row.section} {section_title(row.rfc, row.section)}".strip()
    judged = f"{row.requirement}\n\n{place} ({row.level}).\n\nHow it is tested: {row.how}"
    return {
        "id": id_,
        "name": "".join(word.capitalize() for word in f"{row.topic} {id_}".replace("-", " ").replace(".", " ").split()),
        "shortDescription": {"text": row.requirement},
        "fullDescription": {"text": f"{row.requirement} ({place}, {row.level})"},
        "help": {"text": judged, "markdown": f"{judged}\n\n[{place}]({link_of(row)})"},
        "helpUri": link_of(row),
        "defaultConfiguration": {"level": "error" if row.level in STRICT_LEVELS else "warning"},
        "properties": {"tags": ["scim", row.rfc, row.topic], "precision": row.confidence},
    }


def _result(check: CheckResultEvent, ids: list[str], exchanges: dict[int, ExchangeEvent]) -> Json:
    id_ = check["requirements"][0]
    request = about(check, exchanges)
    result: Json = {
        "ruleId": id_,
        "ruleIndex": ids.index(id_),
        "kind": "open" if check["verdict"] == "UNDECIDED" else "fail",
        "level": LEVELS[check["verdict"]],
        "message": {"text": _words(check)},
        "locations": [_location(check, request)],
        "partialFingerprints": {"checkAndFinding/v1": _fingerprint(check)},
        "properties": {
            "profile": profile_of(check),
            "verdict": check["verdict"],
            "severity": check["level"] or "",
            "requirements": check["requirements"],
            "check": check["id"],
        },
    }
    if check["verdict"] == "WAIVED":
        result["suppressions"] = [{"kind": "external", "justification": plain(check.get("waiver", ""))}]
    return result


def _location(check: CheckResultEvent, request: str) -> Json:
    logical = [{"fullyQualifiedName": plain(request), "kind": "resource"}] if request else []
    place = {"artifactLocation": {"uri": _uri(_file_of(check))}, "region": {"startLine": 1}}
    return {"physicalLocation": place} | ({"logicalLocations": logical} if logical else {})


def _file_of(check: CheckResultEvent) -> str:
    """The file that contains the check, or the row of a rule for clients."""
    return (
        f"conformance/{check['file']}" if check["file"].startswith("client/") else f"conformance/checks/{check['file']}"
    )


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def _words(check: CheckResultEvent) -> str:
    parts = [f"{check['title']} {check['message']}".strip()]
    labelled = (
        ("Expected", check["expected"]),
        ("Got", check["got"]),
        ("Effect", check["consequence"]),
        ("Usual fix", check.get("fix", "")),
    )
    parts += [f"{label}: {words}" for label, words in labelled if words]
    return "\n".join(plain(part) for part in parts)


def _fingerprint(check: CheckResultEvent) -> str:
    """A fingerprint that is the same in every run for the same finding of the same check."""
    return hashlib.sha256(f"{check['id']}\0{shape(check['message'])}".encode()).hexdigest()[:32]
