"""Whole resources and their attributes: schemas, names, types, and required values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from conformance.client.attributes import Value
from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import Sent, Write, named_value
from conformance.model.definitions import COMMON, named
from conformance.requirements.json_values import json_of

_MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$", re.I)


def _bodies(journey: Journey) -> Iterator[tuple[Write, Sent]]:
    """The whole resources of users, groups, and other types that the server knows."""
    for write in journey.writes:
        if write.method in ("POST", "PUT") and write.body and journey.definitions(write.endpoint):
            yield write, write.sent


def _schemas(write: Write) -> list[Any]:
    held = named_value(write.body, "schemas")
    return held if isinstance(held, list) else []


def schemas_are_present(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        held = named_value(write.body, "schemas")
        fits = isinstance(held, list) and held and all(isinstance(urn, str) for urn in held)
        yield sent, None if fits else Complaint("The resource has no schemas.", "an array of URIs", _short(held))


def schemas_are_unique(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        held = [str(urn).lower() for urn in _schemas(write)]
        twice = [urn for urn in held if held.count(urn) > 1]
        yield sent, Complaint("schemas contains a URI twice.", "each URI once", twice[0]) if twice else None


def schemas_name_the_type(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        known = journey.definitions(write.endpoint)
        if known and (held := _schemas(write)):
            fits = any(str(urn).lower() == known.core.lower() for urn in held)
            yield sent, None if fits else Complaint("schemas lacks the schema of the type.", known.core, _short(held))


def extensions_are_declared(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        listed = [str(urn).lower() for urn in _schemas(write)]
        for name in write.body:
            if name.lower().startswith("urn:"):
                absent = name.lower() not in listed
                yield sent, Complaint("schemas lacks an extension that the body uses.", name) if absent else None


def extension_attributes_are_nested(journey: Journey) -> Judged:
    for value in journey.values:
        known = journey.definitions(value.write.endpoint)
        if value.op or "." in value.path or known is None:
            continue
        if value.extension or value.path.lower().startswith("urn:"):
            flat = not value.extension and not isinstance(value.value, dict | type(None))
            yield (
                value.write.sent,
                Complaint("An extension is not an object.", "an object", value.path) if flat else None,
            )
        elif value.definition is None:
            homes = [urn for urn in known.extensions if named(known.by_urn[urn], value.path)]
            if homes:
                told = Complaint("An attribute of an extension stands outside of it.", f"{homes[0]}", value.path)
                yield value.write.sent, told


def names_are_known(journey: Journey) -> Judged:
    """A client that changes what it has read, and sends the whole back with PUT, may send back what the server showed."""
    shown: dict[str, int] = {}  # attribute names of responses, with the number of the first request that shows them
    for sent in journey.sent:
        for resource in sent.resources():
            for name in resource:
                shown.setdefault(name.lower(), sent.number)
    for value in journey.values:
        if value.path.lower().startswith("urn:") and not value.extension:
            continue
        number = value.write.sent.number
        if value.write.method == "PUT" and shown.get(value.path.partition(".")[0].lower(), number) < number:
            yield value.write.sent, None
            continue
        known = journey.definitions(value.write.endpoint)
        elsewhere = known and any(named(known.by_urn[urn], value.path) for urn in known.extensions)
        unknown = value.definition is None and not elsewhere
        message = "The server's schemas do not have this attribute."
        yield value.write.sent, Complaint(message, "an attribute of /Schemas", value.path) if unknown else None


def no_own_id(journey: Journey) -> Judged:
    for write in journey.created:
        held = named_value(write.body, "id")
        yield (
            write.sent,
            Complaint("The client sets the id of a new resource.", "no id", _short(held)) if held else None,
        )


def user_name(journey: Journey) -> Judged:
    yield from _has_name(journey, "Users", "userName", "The user has no userName.")


def group_name(journey: Journey) -> Judged:
    yield from _has_name(journey, "Groups", "displayName", "The group has no displayName.")


def _has_name(journey: Journey, endpoint: str, name: str, complaint: str) -> Judged:
    for write, sent in _bodies(journey):
        if write.endpoint == endpoint:
            held = named_value(write.body, name)
            fits = isinstance(held, str) and held.strip()
            yield sent, None if fits else Complaint(complaint, "a non-empty string", _short(held))


def put_is_complete(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        known = journey.definitions(write.endpoint)
        if write.method == "PUT" and known:
            required = [str(one["name"]) for one in known.core_attributes if one.get("required") is True]
            lacking = [name for name in required if not named_value(write.body, name)]
            yield sent, Complaint("A PUT lacks a required attribute.", lacking[0]) if lacking else None


def put_keeps_its_id(journey: Journey) -> Judged:
    for write, sent in _bodies(journey):
        if write.method == "PUT" and (held := named_value(write.body, "id")) is not None:
            yield sent, None if held == write.id else Complaint("The id differs from that of the URL.", write.id, held)


def lists_are_arrays(journey: Journey) -> Judged:
    for value in journey.values:
        if value.many and value.value is not None and not value.single:
            fits = isinstance(value.value, list)
            yield value.write.sent, None if fits else _typed(value, "an array")


def single_values_are_not_arrays(journey: Journey) -> Judged:
    for value in journey.values:
        if value.definition and not value.many and value.value is not None and not value.extension.startswith("?"):
            wrong = isinstance(value.value, list) and not (value.single and not value.value)
            yield value.write.sent, _typed(value, "a single value") if wrong else None


def _typed(value: Value, expected: str) -> Complaint:
    return Complaint(f"{value.path.rpartition(':')[2]} has the wrong JSON type.", expected, _short(value.value))


def _each(journey: Journey, kinds: tuple[str, ...], fits: Callable[[Any], bool], expected: str) -> Judged:
    for value in journey.values:
        if value.type in kinds and not (value.many and not isinstance(value.value, list) and not value.single):
            wrong = next((item for item in value.elements if not isinstance(item, list) and not fits(item)), None)
            name = value.path.rpartition(":")[2]
            told = Complaint(f"{name} has the wrong JSON type.", expected, _short(wrong))
            yield value.write.sent, None if wrong is None else told


def booleans(journey: Journey) -> Judged:
    yield from _each(journey, ("boolean",), lambda item: isinstance(item, bool), "true or false")


def strings(journey: Journey) -> Judged:
    yield from _each(journey, ("string",), lambda item: isinstance(item, str), "a string")


def integers(journey: Journey) -> Judged:
    yield from _each(journey, ("integer",), lambda item: type(item) is int, "an integer")


def complex_values(journey: Journey) -> Judged:
    yield from _each(journey, ("complex",), lambda item: isinstance(item, dict), "an object")


def date_times(journey: Journey) -> Judged:
    yield from _each(journey, ("datetime",), _is_moment, "a dateTime such as 2026-03-02T05:00:00Z")


def _is_moment(item: Any) -> bool:
    if not isinstance(item, str) or not _MOMENT.match(item):
        return False
    try:
        datetime.fromisoformat(item.upper())
    except ValueError:
        return False
    return True


def binary_values(journey: Journey) -> Judged:
    yield from _each(journey, ("binary",), _is_base64, "base64")


def _is_base64(item: Any) -> bool:
    if not isinstance(item, str):
        return False
    try:
        base64.b64decode(item + "=" * (-len(item) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def references(journey: Journey) -> Judged:
    yield from _each(journey, ("reference",), lambda i: isinstance(i, str) and not re.search(r"\s", i), "a URI")


def one_primary(journey: Journey) -> Judged:
    for value in journey.values:
        if value.many and isinstance(value.value, list):
            count = sum(isinstance(item, dict) and item.get("primary") is True for item in value.value)
            told = Complaint(f"{value.path} has several primary values.", "at most one", f"{count}")
            yield value.write.sent, told if count > 1 else None


def groups_are_read_only(journey: Journey) -> Judged:
    for value in journey.values:
        if (
            value.write.endpoint == "Users"
            and value.write.method in ("POST", "PATCH")
            and value.path.lower() == "groups"
            and value.value
        ):
            yield value.write.sent, Complaint("The membership is sent with the user.", "a PATCH of the group", "groups")
        elif value.write.endpoint == "Groups" and value.path.lower() == "members":
            yield value.write.sent, None


def members_have_values(journey: Journey) -> Judged:
    for value in journey.values:
        if value.write.endpoint == "Groups" and value.path.lower() == "members":
            bad = [item for item in value.elements if isinstance(item, dict) and not named_value(item, "value")]
            yield (
                value.write.sent,
                Complaint("A member has no value.", "the id of a user", _short(bad[0])) if bad else None,
            )


def extension_is_not_empty_text(journey: Journey) -> Judged:
    for value in journey.values:
        if value.definition and not named(COMMON, value.path) and value.type in ("boolean", "complex", "reference"):
            empty = value.value == ""
            yield (
                value.write.sent,
                Complaint("An empty string stands for no value.", "null", value.path) if empty else None,
            )


def _short(value: Any) -> str:
    return "nothing" if value is None else json_of(value, 120)
