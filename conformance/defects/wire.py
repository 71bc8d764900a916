"""The requests and replies that pass through a defect, and the real server behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
MEDIA_TYPE = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is below the base URL, `/Users/1`; `query` is the string after `?` as it was sent. Header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def is_(self, method: str, path: str = "*") -> bool:
        """Whether the request has one of these methods and paths, such as `PUT|PATCH` and `/Users/*|/Groups/*`."""
        fits = any(fnmatchcase(self.path, pattern) for pattern in path.split("|"))
        return fits and (method == "*" or self.method in method.split("|"))

    @property
    def json(self) -> Any:
        return _parsed(self.body)

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The operations of a PATCH; empty for anything else."""
        body = self.json
        held = body.get("Operations") if isinstance(body, dict) and self.method == "PATCH" else None
        return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []

    @property
    def filter(self) -> str:
        return self.parameters.get("filter", "")

    def with_json(self, value: Any) -> Request:
        """The same request with another body."""
        return replace(self, body=orjson.dumps(value))

    def with_operations(self, operations: list[dict[str, Any]]) -> Request:
        return self.with_json({**self.json, "Operations": operations})

    def with_parameters(self, **changes: str | int | None) -> Request:
        """The same request with other query parameters; None removes one."""
        parameters = {**self.parameters, **{n: str(v) for n, v in changes.items() if v is not None}}
        kept = {name: value for name, value in parameters.items() if changes.get(name, value) is not None}
        return replace(self, query=urlencode(kept, quote_via=quote))

    def with_header(self, name: str, value: str | None) -> Request:
        headers = {**self.headers, name.lower(): value or ""}
        return replace(self, headers={n: v for n, v in headers.items() if n != name.lower() or value is not None})


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are in lower case; the proxy adds Content-Length and Connection."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(cls, status: int, value: Any = None, **headers: str) -> Reply:
        """A reply with a JSON body, or without one; `content_type` in `headers` overrides the media type."""
        given = {"content-type": MEDIA_TYPE} if value is not None else {}
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, given, b"" if value is None else orjson.dumps(value))

    @classmethod
    def error(cls, status: int, scim_type: str | None = None, detail: str = "refused") -> Reply:
        """A SCIM error (RFC 7644 section 3.12)."""
        body = {"schemas": [ERROR_URN], "status": str(status), "detail": detail}
        return cls.of(status, {**body, "scimType": scim_type} if scim_type else body)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        return _parsed(self.body)

    def with_json(self, value: Any) -> Reply:
        return replace(self, body=orjson.dumps(value))

    def with_status(self, status: int) -> Reply:
        return replace(self, status=status)

    def with_header(self, name: str, value: str | None) -> Reply:
        headers = {**self.headers, name.lower(): value or ""}
        return replace(self, headers={n: v for n, v in headers.items() if n != name.lower() or value is not None})

    def each_resource(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
        """The reply with every resource changed: all resources of a list, or the body if it has an id."""
        body = self.json
        if not self.ok or not isinstance(body, dict):
            return self
        if isinstance(body.get("Resources"), list):
            return self.with_json({**body, "Resources": [change(dict(item)) for item in body["Resources"]]})
        return self.with_json(change(dict(body))) if "id" in body else self


class Server:
    """The real server behind a defect; `memory` belongs to the defect."""

    def __init__(self, ask: Callable[[Request], Reply]) -> None:
        self._ask = ask
        self.memory: dict[Any, Any] = {}

    def __call__(self, request: Request) -> Reply:
        return self._ask(request)

    def get(self, path: str, like: Request) -> Any:
        """The JSON of a resource, read with the credentials of `like`; None if it does not exist."""
        reply = self._ask(Request("GET", path, "", _credentials(like)))
        return reply.json if reply.ok else None

    def send(self, method: str, path: str, body: Any, like: Request) -> Reply:
        """Send a request of the defect's own, with the credentials of `like`."""
        headers = {**_credentials(like), "content-type": MEDIA_TYPE}
        return self._ask(Request(method, path, "", headers, b"" if body is None else orjson.dumps(body)))


def _credentials(like: Request) -> dict[str, str]:
    return {name: value for name, value in like.headers.items() if name in ("authorization", "accept")}


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None
