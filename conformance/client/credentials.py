"""What a request says about the client's credentials. The recorder notes it, because records do not contain secrets."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote

from simulator.wire.exchange import Exchange

_BEARER = re.compile(r"bearer +[A-Za-z0-9._~+/-]+=*$", re.I)
_BASIC = re.compile(r"basic ", re.I)


def traits_of(headers: Mapping[str, str], target: str, token: str) -> dict[str, str]:
    """The traits that a recorded request keeps: the kind of its credential, and whether the token is where it must not be."""
    held = headers.get("authorization")
    traits = {"authorization": _kind(held, token)}
    if token and token in unquote(target):
        traits["in_url"] = "yes"
    if token and (
        token in headers.get("cookie", "") or b64encode(token.encode()).decode() in headers.get("cookie", "")
    ):
        traits["in_cookie"] = "yes"
    return traits


def credential_of(exchange: Exchange) -> str:
    """`ours`, `other`, `basic`, `malformed`, or `none`."""
    known = exchange.cause.get("authorization")
    return known if known is not None else _kind_of_record(exchange.request_headers.get("authorization"))


def _kind(held: str | None, token: str) -> str:
    if not held:
        return "none"
    if _BASIC.match(held):
        return "basic"
    if not _BEARER.match(held):
        return "malformed"
    return "ours" if held.partition(" ")[2].strip() == token else "other"


def _kind_of_record(held: str | None) -> str:
    """The kind of a credential that was redacted when the request was recorded."""
    if not held:
        return "none"
    scheme = held.partition(" ")[0].lower()
    return {"basic": "basic", "bearer": "ours"}.get(scheme, "malformed" if " " in held else "ours")
