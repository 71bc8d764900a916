"""Reads and writes HAR 1.2 (HTTP Archive), the recording format of browsers, proxies, and other tools."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from secrecy.places import learn_recorded
from secrecy.redaction import learn
from simulator.wire.exchange import Exchange

_RESOURCE = re.compile(r"/(Users|Groups|Schemas|ResourceTypes|ServiceProviderConfig|Bulk|Me)\b.*", re.I)


class UnreadableHar(ValueError):
    """The document is not a valid HAR. The message names the place."""


def to_har(exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """The archive of the exchanges. The caller must redact secrets."""
    entries = [_entry(exchange) for exchange in exchanges]
    creator = {"name": "Scimulator", "version": "0.1"}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def from_har(document: Any) -> tuple[str, list[Exchange]]:
    """The base URL and the SCIM exchanges of an archive. Registers every credential for redaction. Raises UnreadableHar."""
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UnreadableHar("log.entries: expected a list")
    exchanges: list[Exchange] = []
    base = ""
    for number, entry in enumerate(entries, start=1):
        try:
            url = str(entry["request"]["url"])
            _learn(entry)
            if not _RESOURCE.search(urlsplit(url).path):
                continue
            exchanges.append(_exchange(entry, len(exchanges) + 1))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnreadableHar(f"log.entries[{number - 1}]: {type(error).__name__}: {error}") from None
        base = base or _RESOURCE.sub("", urlsplit(url)._replace(query="", fragment="").geturl())
    if not exchanges:
        raise UnreadableHar("expected a request to /Users, /Groups, or another SCIM endpoint")
    return base, exchanges


def _entry(exchange: Exchange) -> dict[str, Any]:
    sent, got = exchange.request_body, exchange.response_body
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(exchange.request_headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(sent or b""),
    }
    if sent is not None:
        mime = exchange.request_headers.get("content-type", "application/scim+json")
        request["postData"] = {"mimeType": mime, "text": sent.decode("utf-8", "replace")}
    return {
        "startedDateTime": exchange.started_at.isoformat(),
        "time": exchange.duration_ms,
        "request": request,
        "response": {
            "status": exchange.status or 0,
            "statusText": exchange.failure or "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(exchange.response_headers),
            "content": {
                "size": len(got),
                "mimeType": exchange.response_headers.get("content-type", ""),
                "text": got.decode("utf-8", "replace"),
            },
            "redirectURL": exchange.response_headers.get("location", ""),
            "headersSize": -1,
            "bodySize": len(got),
        },
        "cache": {},
        "timings": {"send": 0, "wait": exchange.duration_ms, "receive": 0},
        "comment": exchange.cause.get("operation", ""),
    }


def _exchange(entry: dict[str, Any], number: int) -> Exchange:
    request, response = entry["request"], entry["response"]
    body = (request.get("postData") or {}).get("text")
    content = response.get("content") or {}
    text = content.get("text") or ""
    answer = base64.b64decode(text) if content.get("encoding") == "base64" else text.encode()
    status = int(response["status"])
    return Exchange(
        number=number,
        method=str(request["method"]),
        url=str(request["url"]),
        request_headers=_mapping(request.get("headers")),
        request_body=None if body is None else str(body).encode(),
        status=status or None,
        response_headers=_mapping(response.get("headers")),
        response_body=answer,
        started_at=_moment(entry.get("startedDateTime")),
        duration_ms=float(entry.get("time") or 0),
        cause={"operation": str(entry.get("comment") or request["method"])},
        failure=None if status else str(response.get("statusText") or "no response"),
    )


def _learn(entry: dict[str, Any]) -> None:
    """Register the credentials of an exchange, which may also be a sign-in or a response of a token endpoint."""
    request, response = entry["request"], entry["response"]
    headers = [*_mapping(request.get("headers")).items(), *_mapping(response.get("headers")).items()]
    bodies = [(request.get("postData") or {}).get("text"), _text_of(response.get("content") or {})]
    learn_recorded(str(request["url"]), headers, [body for body in bodies if isinstance(body, str)])
    for cookie in [*(request.get("cookies") or ()), *(response.get("cookies") or ())]:
        learn(str(cookie["value"]))


def _text_of(content: dict[str, Any]) -> str:
    text = str(content.get("text") or "")
    return base64.b64decode(text).decode("utf-8", "replace") if content.get("encoding") == "base64" else text


def _pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _mapping(headers: Any) -> dict[str, str]:
    return {str(header["name"]).lower(): str(header["value"]) for header in headers or ()}


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return datetime(1970, 1, 1, tzinfo=UTC)
