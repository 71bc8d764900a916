"""Reads answers as strictly as Entra does: one value of another type than RFC 7643 gives it, and the operation fails.

Sources: Budibase/budibase#15369 (a manager as a string), wso2/product-is#26577 (e-mail addresses as a list of strings),
grokability/snipe-it#11094 and #14138 (the sentence).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simulator.provisioning.answers import Failed, Fault, expect, listed
from simulator.wire.exchange import Exchange

SENTENCE = (
    "We are not able to deserialize the resource received from your SCIM endpoint because your SCIM endpoint is not "
    "fully compatible with the Azure Active Directory SCIM client. Here is the resource we received from your SCIM "
    "endpoint: {received}"
)
SHOWN = 1000  # characters of the answer that the sentence quotes
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
# The types of RFC 7643 sections 3.1, 4 and 8.7: "string", "boolean", an object of such, or a list of one of them. The keys
# are in lower case, since the names of attributes are case-insensitive.
_STRING, _BOOLEAN = "string", "boolean"


def _object(names: str, **others: Any) -> dict[str, Any]:
    return dict.fromkeys(names.split(), _STRING) | others


_PLURAL = [_object("value display type $ref", primary=_BOOLEAN)]
_ADDRESS = _object("formatted streetaddress locality region postalcode country type", primary=_BOOLEAN)
RESOURCE: dict[str, Any] = _object(
    "id externalid username displayname nickname profileurl title usertype preferredlanguage locale timezone",
    schemas=[_STRING],
    meta=_object("resourcetype created lastmodified location version"),
    active=_BOOLEAN,
    name=_object("formatted familyname givenname middlename honorificprefix honorificsuffix"),
    addresses=[_ADDRESS],
    **dict.fromkeys(("emails", "phonenumbers", "ims", "photos", "roles", "groups", "members"), _PLURAL),
)
RESOURCE[ENTERPRISE] = _object(
    "employeenumber costcenter organization division department", manager=_object("value displayname $ref")
)


def hits_of(exchange: Exchange) -> list[dict[str, Any]]:
    """The resources that a filter found; raises Failed."""
    try:
        found = listed(exchange)
    except Failed as failure:
        if failure.fault is not Fault.NOT_SCIM:
            raise
        raise _unreadable(exchange, "a ListResponse with totalResults and Resources (RFC 7644 section 3.4.2)") from None
    resources = exchange.response_json().get("Resources") or []
    for number, resource in enumerate(resources):
        _check(exchange, resource, f"Resources[{number}]")
    return found


def resource_in(exchange: Exchange) -> dict[str, Any]:
    """The resource of an answer with its id; raises Failed."""
    body = exchange.response_json()
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise _unreadable(exchange, "a resource whose id is a string (RFC 7643 section 3.1)")
    _check(exchange, body)
    return body


def confirm(exchange: Exchange) -> None:
    """The answer to a PATCH: 204, or 200 with a body that can be read, or with none; raises Failed."""
    expect(exchange, 200, 204)
    if not exchange.response_body.strip():
        return
    body = exchange.response_json()
    if not isinstance(body, dict):
        raise _unreadable(exchange, "204 without a body, or 200 with the resource or without a body")
    _check(exchange, body)


def _check(exchange: Exchange, resource: Any, place: str = "") -> None:
    for wrong in _violations(resource, RESOURCE, place):
        raise _unreadable(exchange, wrong)


def _violations(held: Any, wanted: Any, place: str) -> Iterator[str]:
    """What is of another type than wanted. Null and an empty string stand for no value, as in Json.NET."""
    if held is None or held == "":
        return
    if isinstance(wanted, dict):
        if not isinstance(held, dict):
            yield _told(place, f"an object, such as {_sample(wanted)}", held)
            return
        for name, value in held.items():
            if name.lower() in wanted:
                yield from _violations(value, wanted[name.lower()], f"{place}.{name}" if place else name)
    elif isinstance(wanted, list):
        if not isinstance(held, list):
            yield _told(place, f"a list of {'strings' if wanted[0] == _STRING else 'objects'}", held)
            return
        for number, item in enumerate(held):
            yield from _violations(item, wanted[0], f"{place}[{number}]")
    elif wanted == _BOOLEAN:
        if not isinstance(held, bool) and str(held).lower() not in ("true", "false"):
            yield _told(place, "true or false", held)
    elif not isinstance(held, str):
        yield _told(place, "a string", held)


def _sample(wanted: dict[str, Any]) -> str:
    return '{"value": "…"}' if "value" in wanted else "one with sub-attributes"


def _told(place: str, expected: str, held: Any) -> str:
    shown = json.dumps(held, ensure_ascii=False)
    return f"{place or 'the answer'} must be {expected}; the answer has {shown[:80]}"


def _unreadable(exchange: Exchange, expected: str) -> Failed:
    received = exchange.response_body[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]
    return Failed(Fault.NOT_SCIM, SENTENCE.format(received=received), exchange, expected=expected)
