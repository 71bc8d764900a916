"""Browser sessions of the admin pages: sign-in with the admin token, session cookie, and protection against CSRF."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from reference_server.admin.guard import BadRequest, read_body
from reference_server.storage.tables import Record, Tables

IDLE_SECONDS = 3_600
LONGEST_SECONDS = 12 * 3_600
SEEN_SECONDS = 60  # resolution of the time of last use, which avoids a write for every page
MOST_BROWSERS = 1_000
ONCE, ONCE_SECONDS = "-once", 600
# Allows only our own stylesheet and script, no framing, and no forms to other sites (ASVS 3.4.3).
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
    """A signed-in browser; `csrf` proves that a form came from one of our pages.

    `once` is shown on the next page only, such as a message or a new token. It is sent in a separate cookie, because it must
    not be stored and another process may serve the next page.
    """

    csrf: str
    once: dict[str, Any] = field(default_factory=dict)
    brought_once: bool = False

    def take_once(self) -> dict[str, Any]:
        found, self.once = self.once, {}
        return found


class Forged(Exception):
    """The form did not come from one of our pages, or it has expired."""


class Browsers:
    """The signed-in browsers, which are stored so that every process knows them.

    The key is a hash of the cookie and of the admin token: a new admin token ends all sessions, and the store does not
    reveal any cookie.
    """

    def __init__(self, tables: Tables, origin: str, token_digest: bytes) -> None:
        # Browsers accept Secure cookies, and therefore the prefix, only over https and from the local machine.
        host = urlsplit(origin).hostname or ""
        self.secure = origin.startswith("https://") or host in ("127.0.0.1", "localhost", "::1")
        self.cookie = "__Host-scimulator" if self.secure else "scimulator"
        self._digest = token_digest
        self._tables = tables
        self._table = tables.table("browsers")

    async def of(self, request: Request) -> Browser | None:
        """The signed-in browser that sent a request, or None."""
        cookie, now = request.cookies.get(self.cookie, ""), time.time()
        record = await self._tables.read(lambda: self._table.get(self._key(cookie)))
        if record is None or _has_ended(record, now):
            return None
        if now - record["seen"] > SEEN_SECONDS:
            await self._tables.write(lambda: self._see(record["id"], now))
        once = self._read_once(request, cookie)
        return Browser(_derived(cookie, "csrf"), once, bool(once))

    async def sign_in(self, response: Response) -> None:
        """Always set a new cookie, so that an attacker cannot fix the session in advance."""
        cookie = secrets.token_urlsafe(32)
        await self._tables.write(lambda: self._add(self._key(cookie), time.time()))
        self._set(response, self.cookie, cookie, LONGEST_SECONDS)

    async def sign_out(self, request: Request, response: Response) -> None:
        """End the session of the browser."""
        await self._tables.write(lambda: self._remove([self._key(request.cookies.get(self.cookie, ""))]))
        self._delete(response, self.cookie)

    def send_once(self, request: Request, response: Response, browser: Browser) -> None:
        """Send what the next page shows in a cookie, and delete the cookie that this page has shown."""
        if browser.once:
            text = base64.urlsafe_b64encode(json.dumps(browser.once).encode()).decode()
            signature = _derived(request.cookies[self.cookie], f"once {text}")
            self._set(response, self.cookie + ONCE, f"{text}.{signature}", ONCE_SECONDS)
        elif browser.brought_once:
            self._delete(response, self.cookie + ONCE)

    def _key(self, cookie: str) -> str:
        """The key under which a browser is stored."""
        return hmac.digest(self._digest, cookie.encode("utf-8", "surrogateescape"), hashlib.sha256).hex()

    def _read_once(self, request: Request, cookie: str) -> dict[str, Any]:
        text, _, signature = request.cookies.get(self.cookie + ONCE, "").partition(".")
        if not text or not hmac.compare_digest(signature.encode(), _derived(cookie, f"once {text}").encode()):
            return {}
        return dict(json.loads(base64.urlsafe_b64decode(text)))

    def _add(self, key: str, now: float) -> None:
        held = sorted(self._table, key=lambda record: float(record["seen"]))
        ended = [record["id"] for record in held if _has_ended(record, now)]
        self._remove(ended or [record["id"] for record in held[: len(held) - MOST_BROWSERS + 1]])
        self._put({"id": key, "began": now, "seen": now})

    def _see(self, key: str, now: float) -> None:
        record = self._table.get(key)
        if record is not None:  # unless the browser signed out in the meantime
            self._put({**record, "seen": now})

    def _put(self, record: Record) -> None:
        transaction = self._tables.transaction()
        transaction.put(self._table, record)
        transaction.commit()

    def _remove(self, keys: list[str]) -> None:
        transaction = self._tables.transaction()
        for key in keys:
            transaction.remove(self._table, key)
        transaction.commit()

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def _delete(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")


def _derived(cookie: str, purpose: str) -> str:
    """A secret that is derived from the cookie for one purpose."""
    return hmac.digest(cookie.encode(), purpose.encode(), hashlib.sha256).hex()


def _has_ended(record: Record, now: float) -> bool:
    return bool(now - record["seen"] > IDLE_SECONDS or now - record["began"] > LONGEST_SECONDS)


async def read_form(request: Request, origin: str) -> dict[str, str]:
    """The fields of a form by name; the last value wins. Raises BadRequest, or Forged if another site sent the form.

    `origin` is the public origin of this server. A browser can also use another name, which the Host header contains.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged
    sender = request.headers.get("origin")
    if sender not in (None, origin) and sender.partition("://")[2] != request.headers.get("host"):
        raise Forged
    raw = await read_body(request)
    try:
        return dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise BadRequest("the form is not valid percent-encoded UTF-8") from None


def check_csrf(browser: Browser, form: dict[str, str]) -> None:
    """Raise Forged unless the form contains the CSRF token of the browser."""
    if not hmac.compare_digest(form.get("csrf", "").encode(), browser.csrf.encode()):
        raise Forged


def safe_path(text: str) -> str:
    """The redirect target after sign-in; always a path of the admin pages, never another site."""
    return text if text.startswith("/admin/") and "\\" not in text and not text.startswith("//") else "/admin/"
