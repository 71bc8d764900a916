"""Who may use the page: the browser that opened the printed link, from this machine, through one of our own pages."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

KEY = "key"
# Nothing is loaded from elsewhere, nothing inline runs, and no other page may frame this one.
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NO_KEY = (
    "This page belongs to the browser that opened the link which scimulator ui printed. The link works once: "
    "open it in this browser, or stop scimulator ui with Ctrl-C and start it again for a new link.\n"
)
WRONG_HOST = "This page can only be opened on the machine on which it runs, as http://127.0.0.1 or http://localhost.\n"
WRONG_ORIGIN = "Only the page's own requests are accepted.\n"


class Guard:
    """ASGI middleware around the whole application, including WebSockets."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        self._cookie_name = f"scimulator-{port}"  # cookies do not depend on the port
        self._key: str | None = secrets.token_urlsafe(24)
        self._cookie = secrets.token_urlsafe(32)

    @property
    def key(self) -> str:
        """The one-time key of the link. Raises AssertionError after its use."""
        assert self._key is not None
        return self._key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403})  # before the handshake: the browser gets a 403
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response for a request that must not reach the application; None for one that may."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return _text(403, WRONG_HOST)
        if not self._is_own(scope, headers):
            return _text(403, WRONG_ORIGIN)
        if self._is_known(scope, headers):
            return self._forget_key(scope)
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(KEY, [""])[0]
        if scope["type"] == "http" and scope["path"] == "/" and self._takes(given):
            return self._welcome()
        return _text(403, NO_KEY)

    def _is_own(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Whether no other site caused the request. Whatever changes something must name our own origin."""
        origin = headers.get("origin")
        if origin is not None:
            return origin.removeprefix("http://").lower() in self._hosts
        if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
            return False
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin") or scope["path"] == "/"

    def _is_known(self, scope: Scope, headers: Headers) -> bool:
        cookies = Request({"type": "http", "headers": scope["headers"]}).cookies
        return hmac.compare_digest(cookies.get(self._cookie_name, "").encode(), self._cookie.encode())

    def _takes(self, given: str) -> bool:
        """Whether this is the key; it works once."""
        if self._key is None or not hmac.compare_digest(given.encode(), self._key.encode()):
            return False
        self._key = None
        return True

    def _welcome(self) -> Response:
        response = RedirectResponse("/", 303, HEADERS)
        response.set_cookie(self._cookie_name, self._cookie, path="/", httponly=True, samesite="strict")
        return response

    def _forget_key(self, scope: Scope) -> Response | None:
        """A known browser that opens the link again goes to the page without the key."""
        if scope["type"] == "http" and scope["path"] == "/" and scope.get("query_string"):
            return RedirectResponse("/", 303, HEADERS)
        return None


def _text(status: int, words: str) -> Response:
    return PlainTextResponse(words, status, HEADERS)


def _with_headers(send: Send) -> Send:
    """Adds the security headers to every response."""

    async def with_headers(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            own: list[tuple[bytes, bytes]] = list(message.get("headers", []))  # type: ignore[call-overload]
            held = {name for name, _ in own}
            own += [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in held]
            message["headers"] = own
        await send(message)

    return with_headers  # type: ignore[return-value]
