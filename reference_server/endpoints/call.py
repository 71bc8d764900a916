"""One SCIM request as the endpoints see it: who asks, for which path, with which parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from reference_server.endpoints.authentication import Caller
from reference_server.scim.errors import InvalidSyntax, InvalidValue
from reference_server.shadow.scope import Scope

Receive = Callable[[], Awaitable[Any]]

# The parameters of RFC 7644 3.4.2 and RFC 9865; a request that gives one of them twice is ambiguous and refused.
PARAMETERS = frozenset(
    ["filter", "sortby", "sortorder", "startindex", "count", "cursor", "attributes", "excludedattributes"]
)


@dataclass(slots=True)
class Call:
    """A request after authentication."""

    method: str
    raw_query: bytes
    headers: Mapping[bytes, bytes]
    caller: Caller
    scope: Scope
    base_url: str
    receive: Receive

    def header(self, name: bytes) -> str | None:
        """A header's value (name in lower case), or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def parameters(self) -> dict[str, str]:
        """The known query parameters by lower-case name; unknown ones (Entra's flags) are ignored."""
        return parse_parameters(self.raw_query) if self.raw_query else {}


def parse_parameters(raw: bytes) -> dict[str, str]:
    """Decode a query string once, `+` as blank; raises InvalidValue for a doubled parameter, InvalidSyntax for bad UTF-8."""
    found: dict[str, str] = {}
    try:
        for pair in raw.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            key = name.lower()
            if key not in PARAMETERS:
                key = _decoded(name).lower()  # nobody writes a name in percent signs, but one may
                if key not in PARAMETERS:
                    continue
            if key in found:
                raise InvalidValue(f"the parameter {name} is given twice")
            found[key] = _decoded(value)
    except UnicodeDecodeError:
        raise InvalidSyntax("the query string is not valid percent-encoded UTF-8") from None
    return found


def _decoded(text: str) -> str:
    """Form decoding: `+` is a blank (Entra and Okta encode so), percent signs carry UTF-8."""
    text = text.replace("+", " ")
    return unquote(text, errors="strict") if "%" in text else text
