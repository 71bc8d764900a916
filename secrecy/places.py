"""Finds secrets in URLs, request headers, and passwords of resources, and registers them for redaction."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from secrecy.encodings import REDACTED
from secrecy.redaction import learn

# Headers whose values are not secret. Every other header that a user adds to requests can contain a credential.
OPEN_HEADERS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "adscimversion",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-type",
        "date",
        "etag",
        "expect",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "last-modified",
        "location",
        "origin",
        "pragma",
        "prefer",
        "range",
        "referer",
        "retry-after",
        "scimulator-check",
        "server",
        "te",
        "traceparent",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "vary",
        "via",
        "www-authenticate",
        "x-correlation-id",
        "x-request-id",
    }
)
SCHEMED = frozenset({"authorization", "proxy-authorization"})  # a scheme and credentials, RFC 9110 section 11.4
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
SECRET_NAMES = re.compile(r"(?i)auth|token|secret|passw|api[-_]?key|cookie|session|csrf|signature|assertion")
SECRET_KEYS = frozenset({"password", "token", "client_secret", "client_assertion", "access_token", "refresh_token"})
_USER_INFO = re.compile(r"(?<=://)[^/?#]*@")
_BASIC = re.compile(r"(?i)^basic\s+([A-Za-z0-9+/_-]+)=*$")
_UNPARSED = re.compile(r'(?i)"password"\s*:\s*"((?:[^"\\]|\\.)*)')


def learn_header(name: str, value: str) -> None:
    """Learn the secrets in a header: the value, the part after its scheme, the password of Basic, and each cookie."""
    if name.lower() in OPEN_HEADERS:
        return
    credential = value.strip().partition(" ")[2].strip()
    learn(credential)
    if not credential or name.lower() not in SCHEMED:  # every event contains the word Bearer
        learn(value.strip())
    if basic := _BASIC.match(value.strip()):
        learn(_basic_password(basic[1]))
    if name.lower() in ("cookie", "set-cookie"):
        learn(
            *(
                part.partition("=")[2].strip()
                for part in value.split(";")[: 1 if name.lower() == "set-cookie" else None]
            )
        )


def learn_credentials(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Learn the credentials in the headers of a received request before an error about it is logged."""
    for name, value in headers:
        if name.lower().decode("latin-1") in CREDENTIALS:
            learn_header(name.decode("latin-1"), value.decode("latin-1"))


def learn_url(url: str) -> None:
    """Learn the password in a URL, both as written and decoded."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        learn(password, unquote(password))


def without_password(url: str) -> str:
    """The URL without user name and password, which is still a valid URL."""
    return _USER_INFO.sub("", url)


def learn_passwords(body: bytes | None) -> None:
    """Learn the passwords in a request body: in resources, PATCH operations, and bulk operations."""
    if not body or b"assword" not in body.lower():
        return
    try:
        learn(*_values(json.loads(body), lambda key: key == "password"))
    except (ValueError, RecursionError):
        learn(*_UNPARSED.findall(body.decode("utf-8", "replace")))


def learn_recorded(url: str, headers: Iterable[tuple[str, str]], bodies: Iterable[str | None]) -> None:
    """Learn the credentials in a recorded request: in the URL, in headers, and in the bodies."""
    learn_url(url)
    learn(*(value for name, value in parse_qsl(url.partition("?")[2]) if SECRET_NAMES.search(name)))
    for name, value in headers:
        if SECRET_NAMES.search(name):
            learn_header(name, value)
    for body in filter(None, bodies):
        learn_passwords(body.encode())
        try:
            learn(*_values(json.loads(body), SECRET_KEYS.__contains__))
        except (ValueError, RecursionError):
            learn(*(value for name, value in parse_qsl(body) if SECRET_NAMES.search(name)))


def shown_headers(headers: Mapping[str, str], added: Iterable[str] = ()) -> dict[str, str]:
    """Headers for recording, with lower-case names and without the values of credentials, even short ones.

    `added` contains the names of headers that the user added. A scheme such as `Bearer` is kept, because it helps readers.
    """
    if not headers:
        return {}
    hidden = CREDENTIALS | ({name.lower() for name in added} - OPEN_HEADERS) if added else CREDENTIALS
    shown = {name.lower(): value for name, value in headers.items()}
    return {name: _hidden(name, value) if name in hidden else value for name, value in shown.items()}


def recorded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of imported traffic, with every value that can be a credential replaced."""
    return shown_headers(headers, [name for name in headers if SECRET_NAMES.search(name)])


def without_secrets(value: Any) -> Any:
    """A copy of a JSON body with the values of passwords and tokens replaced, even short ones."""
    if isinstance(value, dict):
        patched = _is_password(value.get("path"))
        return {
            key: REDACTED if _name(key) in SECRET_KEYS or (patched and key == "value") else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _hidden(name: str, value: str) -> str:
    scheme, _, rest = value.partition(" ")
    return f"{scheme} {REDACTED}" if rest and name in SCHEMED else REDACTED


def _basic_password(encoded: str) -> str | None:
    try:
        pair = base64.urlsafe_b64decode(encoded.replace("+", "-").replace("/", "_") + "==").decode()
    except ValueError:
        return None
    return pair.partition(":")[2]


def _values(value: Any, wanted: Any) -> Iterator[str]:
    """The strings below the wanted keys, and the passwords that a PATCH sets."""
    if isinstance(value, dict):
        patched = _is_password(value.get("path"))
        for key, item in value.items():
            yield from _strings(item) if wanted(_name(key)) or (patched and key == "value") else _values(item, wanted)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, wanted)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _name(key: str) -> str:
    """The name of an attribute without the URN of its schema."""
    return key.lower().rpartition(":")[2]


def _is_password(path: Any) -> bool:
    return isinstance(path, str) and _name(path) == "password"
