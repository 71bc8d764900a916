"""Reads JSON requests and writes JSON responses. Secrets that the process knows never leave it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from live_page.session.problem import Problem
from secrecy.redaction import knows_something_in, redacted_value

MOST_BYTES = 4_000_000  # a customer's mapping, or a scenario
Work = Callable[[Request], Awaitable[Any]]


def json_endpoint(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with the JSON value of the work, or with a problem in a sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            return json_response(await work(request))
        except Problem as problem:
            return json_response({"problem": problem.to_json()}, 409)
        except ClientDisconnect:
            return Response(status_code=400)

    return endpoint


def json_response(value: Any, status: int = 200) -> Response:
    """The value as JSON, without known secrets."""
    return Response(as_json(value), status, media_type="application/json")


def as_json(value: Any) -> bytes:
    """JSON without known secrets."""
    body = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    if knows_something_in(body.decode()):
        body = orjson.dumps(redacted_value(orjson.loads(body)))
    return body


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Problem."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Problem("Expected a request with Content-Type application/json.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Problem(f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "Choose a smaller file.")
    try:
        value = orjson.loads(bytes(body) or b"{}")
    except orjson.JSONDecodeError:
        raise Problem("Expected a JSON object.") from None
    if not isinstance(value, dict):
        raise Problem("Expected a JSON object.")
    return value


def text_of(body: dict[str, Any], name: str, default: str = "") -> str:
    """A string member. Raises Problem."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Problem(f"{name}: expected a string.")
    return value


def object_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object member. Raises Problem."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise Problem(f"{name}: expected an object.")
    return value


def number_of(request: Request, name: str, default: int = 0) -> int:
    """A whole number of the query. Raises Problem."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise Problem(f"{name}: expected a whole number.")
    return int(text)
