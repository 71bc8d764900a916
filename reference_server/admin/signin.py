"""Who looks at the pages: sign-in with the admin token, a cookie, and proof that a form was one of ours (CSRF)."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from reference_server.admin.guard import MAX_BODY_BYTES, BadRequest

IDLE_SECONDS = 3_600
LONGEST_SECONDS = 12 * 3_600
MOST_BROWSERS = 1_000
# Nothing but our own stylesheet and script; no frame may hold a page, no form may go elsewhere (ASVS 3.4.3).
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(slots=True)
class Browser:
    """A browser that is signed in. `once` is shown on the next page and forgotten: a message, a new token."""

    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    began: float = field(default_factory=time.monotonic)
    seen: float = field(default_factory=time.monotonic)
    once: dict[str, Any] = field(default_factory=dict)

    def take_once(self) -> dict[str, Any]:
        found, self.once = self.once, {}
        return found


class Forged(Exception):
    """A form that did not come from a page of ours, or one that is too old."""


class Browsers:
    """The browsers that are signed in, in memory: a restart signs everybody out."""

    def __init__(self, origin: str) -> None:
        # Browsers take Secure cookies from https and from this machine itself; only there the prefix may be used.
        host = urlsplit(origin).hostname or ""
        self.secure = origin.startswith("https://") or host in ("127.0.0.1", "localhost", "::1")
        self.cookie = "__Host-scimulator" if self.secure else "scimulator"
        self._held: dict[str, Browser] = {}

    def of(self, request: Request) -> Browser | None:
        """The browser of a request while it is signed in."""
        browser = self._held.get(request.cookies.get(self.cookie, ""))
        now = time.monotonic()
        if browser is None or now - browser.seen > IDLE_SECONDS or now - browser.began > LONGEST_SECONDS:
            return None
        browser.seen = now
        return browser

    def sign_in(self, response: Response) -> None:
        """Give the browser a cookie of its own, whatever it came with."""
        if len(self._held) >= MOST_BROWSERS:
            del self._held[min(self._held, key=lambda name: self._held[name].seen)]
        name = secrets.token_urlsafe(32)
        self._held[name] = Browser()
        response.set_cookie(
            self.cookie, name, max_age=LONGEST_SECONDS, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def sign_out(self, request: Request, response: Response) -> None:
        """Forget the browser."""
        self._held.pop(request.cookies.get(self.cookie, ""), None)
        response.delete_cookie(self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form by name, the last of each; raises BadRequest, or Forged when another site sent it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        raise BadRequest(f"the form has more than {MAX_BODY_BYTES} bytes")
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise BadRequest("the form is not valid percent-encoded UTF-8") from None


def check_csrf(browser: Browser, form: dict[str, str]) -> None:
    """Raise Forged unless the form carries the browser's own token."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), browser.csrf.encode()):
        raise Forged


def safe_path(text: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    return text if text.startswith("/admin/") and "\\" not in text and not text.startswith("//") else "/admin/"
