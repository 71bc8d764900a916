"""Scrubs a tape so that it can be shared: every string that could be personal data is replaced by a pseudonym.

Equal strings get equal pseudonyms in the whole tape, so that it can still be replayed. The key is discarded afterwards, so
pseudonyms cannot be reversed. Only listed values are kept; everything else, including unknown attributes, is replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import orjson

from simulator.wire.exchange import Exchange

BASE_URL = "https://scrubbed.example/scim"
# Keys whose values are protocol terms and contain no personal data.
KEPT = frozenset({"schemas", "op", "type", "resourceType", "scimType", "status", "attributes", "excludedAttributes"})
MOMENTS = frozenset({"created", "lastModified"})
COUNTS = frozenset({"totalResults", "startIndex", "itemsPerPage", "count", "maxResults", "maxOperations"})
WORDS = frozenset({"true", "false", "work", "home", "other", "mobile", "fax", "pager", "direct", "indirect", ""})
ENDPOINTS = frozenset({"Users", "Groups", "Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me", ".search"})
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
HEADERS = frozenset({"content-type", "accept", "authorization", "content-length", "retry-after", "www-authenticate"})


class Scrubber:
    """Replaces possibly personal data in exchanges, consistently."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._key = secrets.token_bytes(32)

    def scrubbed(self, exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
        """The exchanges with pseudonyms instead of personal data."""
        for exchange in exchanges:
            yield replace(
                exchange,
                url=self._url(exchange.url),
                request_headers=_headers(exchange.request_headers),
                request_body=None if exchange.request_body is None else self._body(exchange.request_body),
                response_headers=_headers(exchange.response_headers),
                response_body=self._body(exchange.response_body),
                cause={"operation": exchange.cause.get("operation", exchange.method)},
                failure=None if exchange.failure is None else "no response",
            )

    def pseudonym(self, text: str) -> str:
        """The pseudonym of a string, case-insensitively. An email address stays recognizable as one."""
        if text.casefold() in WORDS:
            return text
        digest = hmac.new(self._key, text.casefold().encode(), hashlib.sha256).hexdigest()[:12]
        return f"{digest}@scrubbed.example" if "@" in text else f"x{digest}"

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        try:
            return orjson.dumps(self._value("", orjson.loads(body)))
        except orjson.JSONDecodeError:
            return b"scrubbed: the body was not JSON"

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._attribute(name): self._value(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._value(key, item) for item in value]
        if isinstance(value, str) and value.lower().startswith("urn:"):
            return self._urn(value)
        if isinstance(value, bool) or value is None or key in KEPT or key in MOMENTS or key in COUNTS:
            return value
        if key == "path":
            return self._conditions(str(value))
        if key in ("detail", "description"):
            return "scrubbed"
        if key in ("$ref", "location"):
            return self._url(str(value))
        if isinstance(value, int | float):
            return int(self.pseudonym(str(value))[1:9], 16)
        return self.pseudonym(str(value))

    def _attribute(self, name: str) -> str:
        if name.lower().startswith("urn:"):
            return self._urn(name)
        return name if re.fullmatch(r"[\w$.:\-\[\] =\"]{1,200}", name) and '"' not in name else self._conditions(name)

    def _urn(self, text: str) -> str:
        """Replace a vendor's schema URN, which names its owner. A following attribute name in lower case is kept."""
        if text.lower().startswith("urn:ietf:"):
            return text
        schema, _, name = text.rpartition(":")
        if name[:1].islower() and schema.count(":") > 1:
            return f"urn:scrubbed:{self.pseudonym(schema)}:{name}"
        return f"urn:scrubbed:{self.pseudonym(text)}"

    def _conditions(self, text: str) -> str:
        """Replace the quoted values in a path or filter, and a leading schema URN of a vendor."""
        if text.lower().startswith("urn:") and not text.lower().startswith("urn:ietf:"):
            name, bracket, rest = text.partition("[")
            text = self._urn(name) + bracket + rest
        return _QUOTED.sub(lambda found: f'"{self.pseudonym(found[1])}"', text)

    def _url(self, url: str) -> str:
        rest = url.removeprefix(self._base)
        bare, _, query = rest.partition("?")
        if rest == url and "://" in url:
            bare = re.sub(r"^.*?(?=/(?:Users|Groups)\b)", "", url.partition("?")[0])
            bare = bare if bare.startswith(("/Users", "/Groups")) else ""
        parts = [
            part
            if part in ENDPOINTS or not part or part.startswith("urn:ietf:")
            else quote(self.pseudonym(unquote(part)))
            for part in bare.split("/")
        ]
        found = BASE_URL + "/".join(parts)
        if not query:
            return found
        return found + "?" + "&".join(self._parameter(part) for part in query.split("&"))

    def _parameter(self, part: str) -> str:
        name, equals, value = part.partition("=")
        if name == "filter":
            return f"{name}={quote_plus(self._conditions(unquote_plus(value)))}"
        if name in COUNTS or name in KEPT or name in ("sortBy", "sortOrder", "cursor") or not equals:
            return part
        return f"{name}={quote_plus(self.pseudonym(unquote_plus(value)))}"


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name in HEADERS}
