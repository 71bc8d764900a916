"""Bulk: reads the operations and orders them so that every bulkId is known when it is used (RFC 7644 section 3.7)."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, overload

from reference_server.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError, Uniqueness
from reference_server.scim.incoming import check_message
from reference_server.scim.text import MISSING, in_message
from reference_server.scim.tolerance import Rules

BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
METHODS = frozenset(["POST", "PUT", "PATCH", "DELETE"])
PREFIX = "bulkId:"
ENDS = re.compile(r'["/\[\]() ?&,]')


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation. If `error` is set, the operation is not carried out and returns this error."""

    position: int
    method: str
    path: str
    bulk_id: str | None
    version: str | None
    data: Any
    error: ScimError | None = None


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """The operations in the order of execution, and the number of errors after which to stop (None: never)."""

    ordered: list[BulkOperation]
    fail_on_errors: int | None


class CircularReference(Uniqueness):
    """Operations that require each other's results: 409 without a scimType (RFC 7644 section 3.7.1)."""

    scim_type = None


def plan_bulk(body: Any, max_operations: int, rules: Rules) -> BulkPlan:
    """Read a BulkRequest. Raises InvalidSyntax, InvalidValue, or PayloadTooLarge for the complete request."""
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a BulkRequest object")
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    check_message(schemas, BULK_URN)
    listed = members.get("operations")
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(listed) > max_operations:
        raise PayloadTooLarge(f"Operations: {len(listed)} operations; the maximum is {max_operations}")
    limit = members.get("failonerrors")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidValue("failOnErrors: expected an integer of at least 1")
    operations = [_read(item, position, rules) for position, item in enumerate(listed)]
    return BulkPlan(_ordered(_each_with_its_own_id(operations)), limit)


def resolve(data: Any, ids: dict[str, str]) -> Any:
    """`data` with every `bulkId:x` replaced by the id of the created resource; raises InvalidValue for an unknown bulkId."""
    if isinstance(data, str):
        return _resolved(data, ids) if PREFIX in data else data
    if isinstance(data, list):
        return [resolve(item, ids) for item in data]
    if isinstance(data, dict):
        return {name: resolve(item, ids) for name, item in data.items()}
    return data


def _resolved(text: str, ids: dict[str, str]) -> str:
    begin, *pieces = text.split(PREFIX)
    parts = [begin]
    for piece in pieces:
        name = _name_at_start(piece)
        if not name:
            parts.append(PREFIX + piece)
        elif name not in ids:
            raise InvalidValue(f'bulkId "{name[:100]}" does not refer to a resource that this request created')
        else:
            parts += (ids[name], piece[len(name) :])
    return "".join(parts)


def _read(item: Any, position: int, rules: Rules) -> BulkOperation:
    where = f"Operations[{position}]"
    if not isinstance(item, dict):
        raise InvalidSyntax(f"{where}: expected an object")
    members = {name.lower(): value for name, value in item.items()}
    return BulkOperation(
        position,
        _string(members, "method").upper(),
        _string(members, "path"),
        _string(members, "bulkid", None),
        _string(members, "version", None),
        members.get("data"),
        _what_is_wrong(members, where, rules),
    )


def _each_with_its_own_id(operations: list[BulkOperation]) -> list[BulkOperation]:
    """Reject all operations that share a bulkId, because a reference to it is ambiguous (RFC 7644 section 3.7: it is unique)."""
    uses = Counter(o.bulk_id for o in operations if o.bulk_id is not None)
    return [_shared(o) if o.bulk_id is not None and uses[o.bulk_id] > 1 and not o.error else o for o in operations]


def _shared(o: BulkOperation) -> BulkOperation:
    wrong = f"Operations[{o.position}].bulkId: {in_message(o.bulk_id)} is used by more than one operation"
    return replace(o, error=InvalidValue(wrong))


@overload
def _string(members: dict[str, Any], name: str) -> str: ...
@overload
def _string(members: dict[str, Any], name: str, default: None) -> str | None: ...
def _string(members: dict[str, Any], name: str, default: str | None = "") -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) else default


def _what_is_wrong(members: dict[str, Any], where: str, rules: Rules) -> ScimError | None:
    """The error of an operation that is invalid on its own, or None."""
    method, path = members.get("method", MISSING), members.get("path")
    verb = method.upper() if isinstance(method, str) and rules.allows("bulk-method-case") else method
    if not isinstance(verb, str) or verb not in METHODS:
        return InvalidSyntax(f"{where}.method: expected POST, PUT, PATCH, or DELETE, got {in_message(method)}")
    if not isinstance(path, str) or not path.startswith("/"):
        return InvalidValue(f"{where}.path: expected a path such as /Users")
    for name in ("bulkId", "version"):
        if not isinstance(members.get(name.lower()), str | None):
            return InvalidSyntax(f"{where}.{name}: expected a string, got {in_message(members[name.lower()])}")
    if verb == "POST" and members.get("bulkid") is None:
        return InvalidSyntax(f"{where}.bulkId: POST requires a bulkId")
    if verb != "DELETE" and members.get("data") is None:
        return InvalidSyntax(f"{where}.data: {verb} requires data")
    return None


def _ordered(operations: list[BulkOperation]) -> list[BulkOperation]:
    """A stable order in which each reference follows the operation that it refers to; O(operations + references).

    An operation that depends on others directly follows the last of them. Operations in a cycle return 409.
    """
    maker = {o.bulk_id: o.position for o in operations if o.bulk_id is not None and o.method == "POST" and not o.error}
    references = [_references(o) for o in operations]
    sorter: TopologicalSorter[int] = TopologicalSorter({o.position: () for o in operations})
    for o, names in zip(operations, references, strict=True):
        sorter.add(o.position, *{maker[name] for name in names if name in maker and maker[name] != o.position})
    with suppress(CycleError):  # it still returns everything that does not depend on a cycle
        sorter.prepare()
    ordered: list[BulkOperation] = []
    ready = [*reversed(sorter.get_ready())]
    while ready:
        o = operations[ready.pop()]
        ordered.append(_circular(o) if o.bulk_id in references[o.position] and not o.error else o)
        sorter.done(o.position)
        ready += reversed(sorter.get_ready())
    done = {o.position for o in ordered}
    return ordered + [_circular(o) for o in operations if o.position not in done]


def _circular(o: BulkOperation) -> BulkOperation:
    return replace(o, error=CircularReference(f"Operations[{o.position}] is part of a circular bulkId reference"))


def _references(operation: BulkOperation) -> set[str]:
    """The bulkIds in the path and in the data of an operation."""
    found: set[str] = set(_named(operation.path))
    waiting = [operation.data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found |= _named(value)
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
    return found


def _named(text: str) -> set[str]:
    """The bulkIds in a string."""
    return {name for piece in text.split(PREFIX)[1:] if (name := _name_at_start(piece))}


def _name_at_start(piece: str) -> str:
    """A bulkId ends at a quote, slash, bracket, space, or the end."""
    return piece[: len(piece) if (end := ENDS.search(piece)) is None else end.start()]
