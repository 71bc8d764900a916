"""Root causes: behaviors of the server that explain many findings. `roots.csv` describes them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conformance.report.key_request import named_request, path_pattern
from conformance.report.observations import Observations, filtered_by, operators_of, patch_operations, request_kind
from conformance.report.request_traits import traits_of
from simulator.stream.events import CheckResultEvent, ExchangeEvent
from simulator.wording import counted

_STATUS = re.compile(r"([1-5]\d\d)\b")
_COUNTED = re.compile(r"(\d+):")
_RESOURCES = re.compile("the first one|the second one|others")
_NO_META = re.compile(r'"meta": null|\A\{(?!.*"meta")')
_NAMED = re.compile(r"\[(?:\w+\.)?([\w.]+)[\]-]")
MOST_NAMED = 8  # attributes that a headline lists
MERGED = ("not-stored", "one-kept", "server-error")  # roots whose subjects share one headline


@dataclass(frozen=True, slots=True)
class Root:
    """One row of roots.csv: patterns that a finding must match, and the description of the cause.

    `level` and `harm` override those of the findings that it explains.
    """

    id: str
    level: str
    harm: str
    check: str
    message: str
    expected: str
    got: str
    status: str
    request: str
    sent: str
    headline: str
    effect: str
    fix: str

    def fits(self, check: CheckResultEvent, status: str, act: ExchangeEvent | None) -> bool:
        """Whether a finding matches the patterns of the row. A row without patterns requires an observation."""
        kind = request_kind(act) if act else ""
        patterns = (
            (self.check, check["function"]),
            (self.message, check["message"]),
            (self.expected, check["expected"]),
            (self.got, check["got"]),
            (self.status, status),
            (self.request, f"{act['method']} {act['url']}" if act and self.id == "projection" else kind),
            (self.sent, " ".join(traits_of(act)) if act and self.sent else ""),
        )
        asked = [(pattern, words) for pattern, words in patterns if pattern]
        return bool(asked) and all(re.search(pattern, words) for pattern, words in asked)


@dataclass(frozen=True, slots=True)
class Place:
    """The root of a finding, its subject, and the status of the server's response."""

    root: str
    subject: str = ""
    status: str = ""


@cache
def roots() -> dict[str, Root]:
    """The roots by id, in the order in which they are matched."""
    found: dict[str, Root] = {}
    for row in _rows():
        found.setdefault(row.id, row)
    return found


@cache
def _rows() -> tuple[Root, ...]:
    content = (files("conformance.report") / "roots.csv").read_text("utf-8")
    return tuple(Root(**row) for row in csv.DictReader(content.splitlines()))


def answered(check: CheckResultEvent, act: ExchangeEvent | None) -> str:
    """The status that the finding is about: the one that it quotes, otherwise that of its key request; empty if there is none."""
    if quoted := _STATUS.match(check["got"]):
        return quoted[1]
    return str(act["status"] or "") if act else ""


def place_of(
    check: CheckResultEvent, act: ExchangeEvent | None, sent: Iterable[ExchangeEvent], seen: Observations
) -> Place | None:
    """The root that explains a finding; None if there is none."""
    if "root" in check:
        named, _, subject = check["root"].partition(" ")
        return Place(named, subject, answered(check, act)) if named in roots() else None  # from a trimmed stream
    status = answered(check, act)
    if observed := _observed(check, act, list(sent), seen):
        return observed
    for row in _rows() if check["verdict"] != "UNDECIDED" else ():
        if row.fits(check, status, act):
            about = _subject(row.id, check, act)
            if about is not None:
                return Place(row.id, about, status)
    return None


def _subject(root: str, check: CheckResultEvent, act: ExchangeEvent | None) -> str | None:
    """The subject that separates a root's findings; None if the finding does not belong to the root."""
    if root == "too-much-listed":
        return "" if _lists_more(check["expected"], check["got"]) else None
    if root == "no-discovery":
        return request_kind(act).partition(" ")[2] if act else None
    if root == "server-error":
        return _kind_of_request(act)
    if root == "error-form":
        return answered(check, act)
    return ""


def _lists_more(expected: str, got: str) -> bool:
    """Whether a filter listed resources that were not expected: by their number, or by their names."""
    if counted := _COUNTED.match(got):
        wanted = _COUNTED.match(expected)
        return int(counted[1]) > int(wanted[1] if wanted else 0)
    return bool({*_RESOURCES.findall(got)} - {*_RESOURCES.findall(expected)})


def _kind_of_request(act: ExchangeEvent | None) -> str | None:
    """What the requests that end in a server error have in common, because one exception in the server is one cause."""
    if act is None:
        return None
    traits = traits_of(act)
    if "filter" in traits:
        return "filters that it cannot evaluate"
    return "bodies that are not JSON objects" if "no-object" in traits else request_kind(act)


def _observed(
    check: CheckResultEvent, act: ExchangeEvent | None, sent: list[ExchangeEvent], seen: Observations
) -> Place | None:
    status = answered(check, act)
    named = named_request(check, sent)
    for exchange in [named] if named else sent:
        kind = request_kind(exchange)
        if exchange["status"] and seen.refused.get(kind) == exchange["status"]:
            return Place("not-implemented", _feature(kind), str(exchange["status"]))
    if sent and status in ("405", "501"):
        kind = next((request_kind(e) for e in sent if str(e["status"]) == status), "")
        if kind.split(" ")[0] in ("PATCH", "PUT", "DELETE") or kind.endswith(("/Bulk", "/.search")):
            return Place("partly-implemented", _feature(kind), status)
    path = path_pattern(act["url"]) if act and status[:1] != "5" else ""
    if any(path == endpoint or path.startswith(f"{endpoint}/") for endpoint in seen.undiscovered):
        return Place("no-discovery", ", ".join(sorted(seen.undiscovered)))
    deleted = {path_pattern(e["url"]).split("/")[1] for e in sent if e["method"] == "DELETE"} & seen.undeleted
    if deleted and re.search("^test_.*(delet|put_never_creates)", check["function"]):
        return Place("deleted-stays", ", ".join(sorted(seen.undeleted)))
    by_member = status[:1] != "5" and _tells_of_members(check)
    if by_member and any(exchange["number"] in seen.mistaken_members for exchange in sent):
        return Place("members-not-ids")
    if status[:1] in ("4", "5"):
        return _observed_refusal(status, sent, seen)
    return _observed_loss(check, seen)


def _observed_refusal(status: str, sent: list[ExchangeEvent], seen: Observations) -> Place | None:
    """Operations and filters that the server rejects. Server errors belong to a root of their own."""
    if any(str(e["status"]) == status and patch_operations(e) & seen.operations for e in sent):
        return Place("operation-missing", ", ".join(sorted(seen.operations)), status)
    for exchange in sent if status[0] == "4" or status == "501" else ():
        if str(exchange["status"]) != status or "filter" not in traits_of(exchange):
            continue
        if operators_of(exchange) & seen.operators:
            return Place("only-eq", ", ".join(sorted(seen.operators)), status)
        if filtered_by(exchange) & seen.attributes:
            return Place("filter-attributes", _names(seen.attributes), status)
    return None


def _observed_loss(check: CheckResultEvent, seen: Observations) -> Place | None:
    """Requests that succeed with a different result than requested."""
    if _begins_with(check["message"], "members") and seen.members_hidden:
        return Place("members-hidden")
    if _lacks_meta(check) and seen.no_meta:
        return Place("no-meta")
    begun = (
        name
        for name in seen.one_kept
        for words in (name, f"the primary of {name}")
        if _begins_with(check["message"], words)
    )
    if name := next(begun, ""):
        return Place("one-kept", name)
    if name := _lost_attribute(check, seen.not_stored):
        return Place("not-stored", name)
    return None


def _begins_with(message: str, name: str) -> bool:
    """The attribute that begins a message, such as members in `members: unexpected value` and `members changed …`."""
    return message.startswith((f"{name} ", f"{name}:"))


def _lacks_meta(check: CheckResultEvent) -> bool:
    named = re.search(r"\bmeta\b", f"{check['message']} {check['expected']}") or '"meta": null' in check["got"]
    return bool(named) and (check["got"] in ("", "null", "none") or _NO_META.search(check["got"]) is not None)


def _names(compared: Iterable[str]) -> str:
    """Attributes without the URN of their extension, such as `active, department, and 3 more attributes`."""
    names = sorted({name.rpartition(" ")[2].rpartition(":")[2] for name in compared})
    others = len(names) - MOST_NAMED
    more = f", and {counted(others, 'more attribute')}" if others > 0 else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _feature(kind: str) -> str:
    """`PATCH` for every PATCH of a resource, and `POST /Bulk` for endpoints with a path of their own."""
    method, _, path = kind.partition(" ")
    return method if path.endswith("/{id}") else kind


def _tells_of_members(check: CheckResultEvent) -> bool:
    told = f"{check['message']} {check['name']} {check['title']}".lower()
    return "member" in told or "group" in check["message"].lower()


def _lost_attribute(check: CheckResultEvent, lost: Iterable[str]) -> str:
    """The attribute that is not stored, if a finding names it in its case, its message, or its expected value."""
    case = _NAMED.search(check["name"])
    named = case[1] if case else ""
    for path in sorted(lost, key=len):
        whole = re.compile(rf"(?<![\w.]){re.escape(path)}(?![\w])")
        top, _, part = path.partition(".")
        last = part or top
        told = whole.search(check["message"]) or _begins_with(check["message"], last)
        told = told or (_begins_with(check["message"], top) and "null" in check["got"])  # the sub-attributes are lost
        if named == path or named.startswith(f"{path}.") or told:
            return path
        quoted = f'"{last}"' in check["expected"]
        if quoted and f'"{last}"' not in check["got"] and top in f"{check['message']} {check['expected']}":
            return path
    return ""


def told(words: str, subject: str, status: str) -> str:
    """Fill the subject and status into a sentence of roots.csv."""
    return words.replace("{subject}", subject).replace("{status}", status)


def places_of(
    checks: Iterable[CheckResultEvent],
    acts: Mapping[str, ExchangeEvent | None],
    exchanges: Mapping[int, ExchangeEvent],
    seen: Observations,
) -> dict[str, Place]:
    """Map check ids to the roots of their findings."""
    found = {}
    for check in checks:
        sent = [exchanges[number] for number in check["exchanges"] if number in exchanges]
        if place := place_of(check, acts[check["id"]], sent, seen):
            found[check["id"]] = place
    return found
