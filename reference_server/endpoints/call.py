"""One SCIM request as the endpoints see it: the caller, the scope, headers, and query parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from reference_server.endpoints.authentication import Caller
from reference_server.scim.errors import InvalidSyntax, InvalidValue
from reference_server.scim.incoming import check_message
from reference_server.scim.tolerance import Rules
from reference_server.shadow.scope import Scope

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

Receive = Callable[[], Awaitable[Any]]

# The parameters of RFC 7644 section 3.4.2 and RFC 9865. A request that repeats one of them is ambiguous and rejected.
PARAMETERS = frozenset(
    ["filter", "sortby", "sortorder", "startindex", "count", "cursor", "attributes", "excludedattributes"]
)


@dataclass(slots=True)
class Call:
    """A request. `raw_body` is None unless it is complete; then `receive` is not called."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    address: str
    raw_body: bytes | None
    receive: Receive
    # Known after authentication:
    caller: Caller = field(init=False)
    scope: Scope = field(init=False)
    base_url: str = field(init=False)
    # Known when the handler begins:
    body: Any = field(init=False)  # the parsed JSON of a POST, PUT, or PATCH
    is_noted: bool = False  # on the traffic page

    def header(self, name: bytes) -> str | None:
        """The value of a header, given by its lower-case name, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def parameters(self) -> dict[str, str]:
        """The known query parameters by lower-case name. Unknown ones, such as Entra's feature flags, are ignored."""
        return parse_parameters(self.query) if self.query else {}


def parse_parameters(raw: bytes) -> dict[str, str]:
    """Decode a query string; raises InvalidValue for a repeated parameter, InvalidSyntax for invalid UTF-8."""
    found: dict[str, str] = {}
    try:
        for pair in raw.decode("ascii").split("&"):
            name, _, value = pair.partition("=")
            key = name.lower()
            if key not in PARAMETERS:
                key = _decoded(name).lower()  # rare, but parameter names can be percent-encoded too
                if key not in PARAMETERS:
                    continue
            if key in found:
                raise InvalidValue(f"the query parameter {name} is given more than once")
            found[key] = _decoded(value)
    except UnicodeDecodeError:
        raise InvalidSyntax("the query string is not valid percent-encoded UTF-8") from None
    return found


def search_parameters(body: Any, rules: Rules) -> dict[str, str]:
    """The parameters of a SearchRequest body (RFC 7644 section 3.4.3) in the form of query parameters."""
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a SearchRequest object")
    schemas = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if schemas or not rules.allows("schemas-missing"):
        check_message(schemas, SEARCH_URN)
    parameters: dict[str, str] = {}
    for name, value in body.items():
        key = name.lower()
        if value is None or key == "schemas":
            continue
        if key in ("attributes", "excludedattributes"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise InvalidValue(f"{name}: expected a list of attribute names")
            parameters[key] = ",".join(value)
        elif key in ("startindex", "count"):
            if not isinstance(value, int) or isinstance(value, bool):
                raise InvalidValue(f"{name}: expected an integer")
            parameters[key] = str(value)
        elif key in ("filter", "sortby", "sortorder", "cursor"):
            if not isinstance(value, str):
                raise InvalidValue(f"{name}: expected a string")
            parameters[key] = value
    return parameters


def _decoded(text: str) -> str:
    """Form decoding: `+` is a space (as Entra and Okta encode it), and percent-encoded bytes are UTF-8."""
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text
