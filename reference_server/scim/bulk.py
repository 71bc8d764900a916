"""Bulk: reads the operations and finds an order in which every bulkId is known when it is used (RFC 7644 section 3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference_server.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError, Uniqueness

BULK_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
METHODS = frozenset(["POST", "PUT", "PATCH", "DELETE"])
PREFIX = "bulkId:"


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation; `error` set means it cannot be carried out and answers with that."""

    position: int
    method: str
    path: str
    bulk_id: str | None
    version: str | None
    data: Any
    error: ScimError | None = None


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """Operations in the order to carry out, and after how many errors to stop (None: never)."""

    ordered: list[BulkOperation]
    fail_on_errors: int | None


class CircularReference(Uniqueness):
    """Operations that need each other's results: 409 (RFC 7644 3.7.1), with no scimType of its own."""

    scim_type = None


def plan_bulk(body: Any, max_operations: int) -> BulkPlan:
    """Read a BulkRequest; raises InvalidSyntax, InvalidValue or PayloadTooLarge for the request as a whole."""
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a BulkRequest object")
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    if not isinstance(schemas, list) or BULK_URN not in schemas:
        raise InvalidSyntax(f'schemas: expected ["{BULK_URN}"]')
    listed = members.get("operations")
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(listed) > max_operations:
        raise PayloadTooLarge(f"Operations: {len(listed)} operations; at most {max_operations} are taken")
    limit = members.get("failonerrors")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidValue("failOnErrors: expected an integer above 0")
    return BulkPlan(_ordered([_read(item, position) for position, item in enumerate(listed)]), limit)


def resolve(data: Any, ids: dict[str, str]) -> Any:
    """`data` with every `bulkId:x` replaced by the id that x got; raises InvalidValue for an unknown one."""
    if isinstance(data, str):
        if PREFIX not in data:
            return data
        for name in sorted(_named(data), key=len, reverse=True):
            if name not in ids:
                raise InvalidValue(f'bulkId "{name}" names no resource that this request made')
            data = data.replace(PREFIX + name, ids[name])
        return data
    if isinstance(data, list):
        return [resolve(item, ids) for item in data]
    if isinstance(data, dict):
        return {name: resolve(item, ids) for name, item in data.items()}
    return data


def _read(item: Any, position: int) -> BulkOperation:
    where = f"Operations[{position}]"
    if not isinstance(item, dict):
        raise InvalidSyntax(f"{where}: expected an object")
    members = {name.lower(): value for name, value in item.items()}
    method, path = members.get("method"), members.get("path")
    bulk_id, version, data = members.get("bulkid"), members.get("version"), members.get("data")
    error: ScimError | None = None
    if not isinstance(method, str) or method.upper() not in METHODS:
        error = InvalidSyntax(f'{where}.method: expected POST, PUT, PATCH or DELETE, got "{method}"')
    elif not isinstance(path, str) or not path.startswith("/"):
        error = InvalidValue(f"{where}.path: expected a path such as /Users")
    elif method.upper() == "POST" and not isinstance(bulk_id, str):
        error = InvalidSyntax(f"{where}.bulkId: a POST needs one")
    elif method.upper() != "DELETE" and data is None:
        error = InvalidSyntax(f"{where}.data: {method} needs data")
    return BulkOperation(
        position,
        method.upper() if isinstance(method, str) else "",
        path if isinstance(path, str) else "",
        bulk_id if isinstance(bulk_id, str) else None,
        version if isinstance(version, str) else None,
        data,
        error,
    )


def _ordered(operations: list[BulkOperation]) -> list[BulkOperation]:
    """A stable order in which makers come before users; linear in operations and references. Cycles answer 409."""
    maker = {o.bulk_id: o.position for o in operations if o.bulk_id is not None and o.method == "POST" and not o.error}
    needs = {
        o.position: {maker[name] for name in _references(o) if name in maker and maker[name] != o.position}
        for o in operations
    }
    own = {o.position for o in operations if o.bulk_id is not None and o.bulk_id in _references(o)}
    wanted_by: dict[int, list[int]] = {o.position: [] for o in operations}
    for position, sources in needs.items():
        for source in sources:
            wanted_by[source].append(position)
    missing = {position: len(sources) for position, sources in needs.items()}
    ordered: list[BulkOperation] = []
    ready = [o.position for o in reversed(operations) if not missing[o.position]]
    while ready:
        position = ready.pop()
        ordered.append(_circular(operations[position]) if position in own else operations[position])
        for waiting in reversed(wanted_by[position]):
            missing[waiting] -= 1
            if not missing[waiting]:
                ready.append(waiting)
    done = {o.position for o in ordered}
    return ordered + [_circular(o) for o in operations if o.position not in done]


def _circular(o: BulkOperation) -> BulkOperation:
    error = CircularReference(f"Operations[{o.position}] takes part in a circle of bulkId references")
    return BulkOperation(o.position, o.method, o.path, o.bulk_id, o.version, o.data, error)


def _references(operation: BulkOperation) -> set[str]:
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
    """The bulkIds a text names; one ends at a quote, slash, bracket, blank or the end."""
    names = set()
    for piece in text.split(PREFIX)[1:]:
        end = next((at for at, character in enumerate(piece) if character in '"/[]() ?&,'), len(piece))
        if piece[:end]:
            names.add(piece[:end])
    return names
