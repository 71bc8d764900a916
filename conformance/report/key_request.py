"""Finds the request that a finding is about among those that prepare, read back, and clean up, and describes it briefly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from simulator.stream.events import CheckResultEvent, ExchangeEvent

WRITES = ("POST", "PUT", "PATCH", "DELETE")
CLEANED = (200, 202, 204, 404, 410)
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_NAMED = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s;]*?)(?: with [^;]*)?: ([1-5]\d\d)\b")
_ID = re.compile(r"(?=[^/]*\d)[0-9A-Za-z_-]{6,}")
FIXED = frozenset({"Users", "Groups", "Me", "Bulk", "Schemas", "ResourceTypes", "ServiceProviderConfig", ".search"})


def key_request_of(check: CheckResultEvent, exchanges: Mapping[int, ExchangeEvent]) -> ExchangeEvent | None:
    """The exchange that the finding is about.

    The first request that its `got` names, otherwise the PATCH that it quotes, otherwise the last write before a read-back,
    otherwise the last request.
    """
    sent = _without_cleaning([exchanges[number] for number in check["exchanges"] if number in exchanges])
    if not sent:
        return None
    if named := named_request(check, sent):
        return named
    quoted = [exchange for exchange in sent if exchange["method"] == "PATCH" and _quoted(exchange, check["message"])]
    if quoted:
        return quoted[-1]
    last = sent[-1]
    if last["method"] in ("GET", "HEAD") and "?" not in last["url"]:
        for earlier in reversed(sent[:-1]):
            if earlier["method"] in WRITES and _touches(earlier, last["url"]):
                return earlier
    return last


def named_request(check: CheckResultEvent, sent: Iterable[ExchangeEvent]) -> ExchangeEvent | None:
    """The request that a finding names in `got`, such as `GET /Users?count=x: 500`."""
    found = _NAMED.match(check["got"])
    if found is None:
        return None
    method, path, status = found.groups()
    fitting = (e for e in sent if e["method"] == method and e["url"].endswith(path) and str(e["status"]) == status)
    return next(fitting, None)


def about(check: CheckResultEvent, exchanges: Mapping[int, ExchangeEvent]) -> str:
    """The kind of request that a check is about, such as `PATCH /Users/{id}`; empty if it sent none."""
    if "about" in check:
        return check["about"]
    act = key_request_of(check, exchanges)
    return f"{act['method']} {path_pattern(act['url'])}" if act else ""


def short_url(url: str, base: str, columns: int = 60) -> str:
    """The path below the base URL, with shortened ids and a readable query, such as `/Users/2819…?filter=userName eq "x"`."""
    rest = url.removeprefix(base.rstrip("/")) if url.startswith(base.rstrip("/")) else url
    path, mark, query = rest.partition("?")
    path = "/".join(part[:4] + "…" if _is_id(part) else part for part in path.split("/"))
    shown = path + mark + unquote(query.replace("+", " "))
    return shown if len(shown) <= columns else shown[: columns - 1] + "…"


@lru_cache(maxsize=65_536)  # each observation about a run looks at every URL of the run
def path_pattern(url: str) -> str:
    """The kind of resource that a path addresses, such as `/Users/{id}`."""
    parts = urlsplit(url).path.rstrip("/").split("/")
    at = next((number for number, part in enumerate(parts) if part in FIXED), max(0, len(parts) - 2))
    kept = ["{id}" if number and parts[at + number] not in FIXED else part for number, part in enumerate(parts[at:])]
    return "/" + "/".join(kept)


def said(exchange: ExchangeEvent, columns: int = 60) -> str:
    """A short form of the body: PATCH operations as `remove  emails[type eq "home"]`, other bodies as compact JSON."""
    body = exchange.get("request_body")
    if not body:
        return ""
    try:
        parsed = json.loads(body)
    except ValueError:
        return _cut(body, columns)
    operations = parsed.get("Operations") if isinstance(parsed, dict) else None
    if exchange["method"] == "PATCH" and isinstance(operations, list) and operations:
        more = f"   and {len(operations) - 1} more" if len(operations) > 1 else ""
        return _cut(_operation(operations[0]), columns - len(more)) + more
    if isinstance(parsed, dict):
        parsed = {name: value for name, value in parsed.items() if name != "schemas"} or parsed
    return _cut(json.dumps(parsed, ensure_ascii=False), columns)


def wire_line(exchange: ExchangeEvent) -> str:
    """An exchange in one line, such as `PATCH /Users/{id} 204`."""
    return f"{exchange['method']} {path_pattern(exchange['url'])} {exchange['status'] or 'no response'}"


def _operation(operation: Any) -> str:
    if not isinstance(operation, dict):
        return json.dumps(operation, ensure_ascii=False)
    words = [str(operation.get("op", ""))]
    if "path" in operation:
        words.append(str(operation["path"]))
    if "value" in operation:
        words.append(json.dumps(operation["value"], ensure_ascii=False))
    return "  ".join(words)


def _quoted(exchange: ExchangeEvent, message: str) -> bool:
    """Whether the finding quotes the operations that were sent, as checks with random requests do."""
    if "[{" not in message:
        return False
    try:
        body = json.loads(exchange.get("request_body") or "")
    except ValueError:
        return False
    operations = body.get("Operations") if isinstance(body, dict) else None
    return bool(operations) and json.dumps(operations, ensure_ascii=False) in message


def _without_cleaning(sent: list[ExchangeEvent]) -> list[ExchangeEvent]:
    """The check's own requests, without the final deletions of the suite. A DELETE that is sent twice belongs to the check."""
    end = len(sent)
    while end and sent[end - 1]["method"] == "DELETE" and sent[end - 1]["status"] in CLEANED:
        end -= 1
    own, cleaning = sent[:end], sent[end:]
    urls = [exchange["url"] for exchange in cleaning]
    return [*own, *(e for at, e in enumerate(cleaning) if e["url"] in urls[at + 1 :])] or sent


def _touches(write: ExchangeEvent, url: str) -> bool:
    """Whether a read addresses the resource that was written."""
    if write["url"].partition("?")[0] == url:
        return True
    made = write["method"] == "POST" and write["status"] == 201
    return made and url.rpartition("/")[2] in (write.get("response_body") or "")


def _is_id(part: str) -> bool:
    return bool(_UUID.fullmatch(part)) or (part not in FIXED and bool(_ID.fullmatch(part)))


def _cut(words: str, columns: int) -> str:
    return words if len(words) <= columns else words[: max(1, columns - 1)] + "…"
