"""Reads responses as strictly as Entra does: a value whose type differs from RFC 7643 fails the operation.

Sources: Budibase/budibase#15369 (a manager as a string), wso2/product-is#26577 (e-mail addresses as a list of
strings), grokability/snipe-it#11094 and #14138 (the message).
"""

from __future__ import annotations

import json
from typing import Any

from simulator.provisioning.answers import Failed, Fault, expect, listed
from simulator.wire.exchange import Exchange

SENTENCE = (
    "We are not able to deserialize the resource received from your SCIM endpoint because your SCIM endpoint is not "
    "fully compatible with the Azure Active Directory SCIM client. Here is the resource we received from your SCIM "
    "endpoint: {received}"
)
SHOWN = 1000  # characters of the response that the message quotes
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# The types that Microsoft's public library defines, in Microsoft.SystemForCrossDomainIdentityManagement/Schemas of
# AzureAD/SCIMReferenceCode (Core2UserBase.cs, ExtensionAttributeEnterpriseUser2.cs, GroupBase.cs, and the classes of their
# members): `str`, `bool`, an object of these, or a list of one of them. Everything else is ignored.


def _object(names: str, **others: Any) -> dict[str, Any]:
    """Map each name, as RFC 7643 spells it and in lower case, to its type. The exact spelling is the fast path."""
    found = dict.fromkeys(names.split(), str) | others
    return found | {name.lower(): kind for name, kind in found.items()}


_PLURAL = [_object("value type", primary=bool)]
_ADDRESS = _object("formatted streetAddress locality region postalCode country type", primary=bool)
RESOURCE: dict[str, Any] = _object(
    "id externalId userName displayName nickName title userType preferredLanguage locale timezone",
    schemas=[str],
    meta=_object("resourceType"),
    active=bool,
    name=_object("formatted familyName givenName honorificPrefix honorificSuffix"),
    addresses=[_ADDRESS],
    **dict.fromkeys(("emails", "phoneNumbers", "ims"), _PLURAL),
    roles=[_object("value display type", primary=bool)],
    members=[_object("value type")],
)
RESOURCE[ENTERPRISE] = RESOURCE[ENTERPRISE.lower()] = _object(
    "employeeNumber costCenter organization division department", manager=_object("value")
)


def hits_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources that a filter found. Raises Failed."""
    body: Any = exchange.response_json() if exchange.status == 200 else None
    total = body.get("totalResults") if isinstance(body, dict) else None
    if type(total) is int and total == 0 and body.get("Resources", []) == []:
        return []  # the usual response before a create, so it skips the general parser
    try:
        found = listed(exchange)
    except Failed as failure:
        if failure.fault is not Fault.NOT_SCIM:
            raise
        raise _unreadable(exchange, "a ListResponse with totalResults and Resources (RFC 7644 section 3.4.2)") from None
    resources = body.get("Resources") or []
    for number, resource in enumerate(resources):
        _check(exchange, resource, f"Resources[{number}]")
    return found


def resource_in(exchange: Exchange) -> dict[str, Any]:
    """The resource in a response, with its id. Raises Failed."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise _unreadable(exchange, "a resource whose id is a string (RFC 7643 section 3.1)")
    _check(exchange, body)
    return body


def confirm(exchange: Exchange) -> None:
    """Check the response to a PATCH: 204, or 200 with a readable body or without one. Raises Failed."""
    expect(exchange, 200, 204)
    if not exchange.response_body.strip():
        return
    body = exchange.response_json()
    if not isinstance(body, dict):
        raise _unreadable(exchange, "204 without a body, or 200 with the resource or without a body")
    _check(exchange, body)


class _WrongType(Exception):
    """A value has the wrong type.

    The path is built while the exception propagates, because most responses are correct.
    """

    def __init__(self, wanted: str, held: Any) -> None:
        super().__init__(wanted)
        self.wanted, self.held, self.place = wanted, held, ""


def _check(exchange: Exchange, resource: Any, place: str = "") -> None:
    try:
        _compare(resource, RESOURCE)
    except _WrongType as wrong:
        where = _joined(place, wrong.place) if place else wrong.place or "the answer"
        shown = json.dumps(wrong.held, ensure_ascii=False)
        raise _unreadable(exchange, f"{where} must be {wrong.wanted}; the answer has {shown[:80]}") from None


def _compare(held: Any, wanted: Any) -> None:
    """Compare a value with its type. As in Json.NET, null and an empty string count as no value. Raises _WrongType."""
    if held is None or held == "":
        return
    if wanted is str:
        if not isinstance(held, str):
            raise _WrongType("a string", held)
    elif wanted is bool:
        if not isinstance(held, bool) and str(held).lower() not in ("true", "false"):
            raise _WrongType("true or false", held)
    elif isinstance(wanted, list):
        _compare_list(held, wanted[0])
    else:
        _compare_object(held, wanted)


def _compare_list(held: Any, wanted: Any) -> None:
    if not isinstance(held, list):
        raise _WrongType(f"a list of {'strings' if wanted is str else 'objects'}", held)
    for number, item in enumerate(held):
        try:
            _compare(item, wanted)
        except _WrongType as wrong:
            wrong.place = _joined(f"[{number}]", wrong.place)
            raise


def _compare_object(held: Any, wanted: dict[str, Any]) -> None:
    if not isinstance(held, dict):
        raise _WrongType(f"an object, such as {_sample(wanted)}", held)
    for name, value in held.items():
        kind = wanted.get(name) or wanted.get(name.lower())
        if kind is None or value is None or type(value) is kind:
            continue
        try:
            _compare(value, kind)
        except _WrongType as wrong:
            wrong.place = _joined(name, wrong.place)
            raise


def _joined(outer: str, inner: str) -> str:
    return f"{outer}{inner}" if not inner or inner.startswith("[") else f"{outer}.{inner}"


def _sample(wanted: dict[str, Any]) -> str:
    return '{"value": "…"}' if "value" in wanted else "one with sub-attributes"


def _unreadable(exchange: Exchange, expected: str) -> Failed:
    received = exchange.response_body[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]
    return Failed(Fault.NOT_SCIM, SENTENCE.format(received=received), exchange, expected=expected)
