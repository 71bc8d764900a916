"""Reads a PATCH request. Operations without a path are expanded to one operation for each key (RFC 7644 section 3.5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reference_server.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, TooMany
from reference_server.scim.incoming import check_message, find_written
from reference_server.scim.limits import PATCH_OPERATIONS
from reference_server.scim.path import Path, parse_path
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.text import MISSING, in_message
from reference_server.scim.tolerance import Rules
from reference_server.scim.values import plain_ids
from reference_server.turns import count

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OPS = frozenset(["add", "replace", "remove"])
# Providers spell `Operations` and its members differently. These spellings need no conversion:
USUAL = frozenset(["schemas", "Operations"])
IN_LOWER_CASE = frozenset(["op", "path", "value"])


# One operation on one path: `op` in lower case, the path, and the value or MISSING. An operation without a path is expanded
# to several of these.
Operation = tuple[str, Path, Any]


def operations(body: Any, rtype: ResourceType, rules: Rules, current: Mapping[str, Any]) -> Iterator[Operation]:
    """The operations on a resource in order, each of which is read lazily. `current` is the stored resource.

    Raises InvalidSyntax, InvalidPath, InvalidFilter, InvalidValue, NoTarget, Mutability, or TooMany.
    """
    listed = _listed(body, rules)
    each = _each(listed, rtype, rules, current)
    return _joined(each, rtype) if len(listed) > 1 and rtype.relations else each


def _each(listed: list[Any], rtype: ResourceType, rules: Rules, current: Mapping[str, Any]) -> Iterator[Operation]:
    for number, item in enumerate(listed):
        count(10)
        op, path, value = _members(item, number)
        if path:
            yield op, _written_path(path, rtype, rules), value
        elif path is not None and not rules.allows("empty-path"):
            raise InvalidPath(f"Operations[{number}].path: the path is empty")
        else:
            yield from _Expansion(rtype, rules, current).of(op, value, f"Operations[{number}]")


def _joined(operations: Iterator[Operation], rtype: ResourceType) -> Iterator[Operation]:
    """The same operations, but a row of them that add or remove one member each becomes one with all of these members.

    Entra ID sends up to a thousand in a PATCH.
    """
    row: list[Operation] = []
    members: list[Any] = []
    for operation in operations:
        op, path, _ = operation
        member = _only_member(operation, rtype)
        if row and (member is None or op != row[0][0] or path.attribute is not row[0][1].attribute):
            yield from _as_one(row, members)
            row, members = [], []
        if member is None:
            yield operation
        else:
            row.append(operation)
            members.append(member)
    yield from _as_one(row, members)


def _only_member(operation: Operation, rtype: ResourceType) -> Any:
    """The member that an operation adds or removes, if that is all that it does."""
    op, path, value = operation
    if path.attribute not in rtype.relations or op == "replace" or path.urn or path.sub:
        return None
    if path.terms:
        return {"value": path.value} if op == "remove" and path.value is not None else None
    return value[0] if type(value) is list and len(value) == 1 else None


def _as_one(row: list[Operation], members: list[Any]) -> list[Operation]:
    """A row of operations as one, unless it is not certain that all of them succeed."""
    if len(row) < 2:
        return row
    op, path, _ = row[0]
    assert path.attribute is not None
    if plain_ids(path.attribute, members) is None:
        return row
    return [(op, Path(None, path.attribute, text=path.attribute.name), members)]


class _Expansion(NamedTuple):
    """Expands an operation without a path to one for each key of its value."""

    rtype: ResourceType
    rules: Rules
    current: Mapping[str, Any]

    def of(self, op: str, value: Any, where: str) -> Iterator[Operation]:
        if op == "remove":
            raise NoTarget(f"{where}.path: remove requires a path")
        if not isinstance(value, dict):
            raise InvalidValue(f"{where}.value: an operation without a path requires an object of attributes")
        return self._pathless(op, value, where)

    def _pathless(self, op: str, value: dict[str, Any], where: str, *, within: bool = False) -> Iterator[Operation]:
        """Yield a separate operation for each key: plain names, dotted names, names with a URN, and extension objects.

        `within` is the URN of the extension if the keys are those of an extension object.
        """
        for name, item in value.items():
            count(3)
            extension = self.rtype.extension(name)
            if extension is not None and isinstance(item, dict):
                for inner, part in item.items():
                    yield from self._pathless(op, {f"{extension.id}:{inner}": part}, where, within=True)
                continue
            path = self._path_of_key(name, item, where, within)
            if path is not None:
                yield op, path, item

    def _path_of_key(self, name: str, item: Any, where: str, within: bool) -> Path | None:
        """The path of a key in a value; None for a key that changes nothing."""
        key = name.lower()
        if key == "schemas":
            return None
        if key == "id":
            if item != self.current.get("id"):
                raise Mutability(f"{where}.value.id: the id cannot be changed")
            return None
        if not within and ("." in name or ":" in name) and not self.rules.allows("paths-as-keys"):
            raise InvalidSyntax(f"{where}.value.{name}: expected an attribute name, not a path")
        try:
            path = _written_path(name, self.rtype, self.rules)
        except InvalidPath:
            if not self.rules.allows("unknown-attributes"):
                raise
            return None
        is_read_only = path.attribute is not None and path.attribute.mutability == "readOnly"
        return None if is_read_only else path


def _written_path(text: str, rtype: ResourceType, rules: Rules) -> Path:
    try:
        return parse_path(text, rtype)
    except InvalidPath:
        if ":" in text or not rules.allows("extension-without-urn"):
            raise
        # Entra's tutorial sends `manager` without the URN of the enterprise extension.
        found = find_written(rtype, text, rules)
        if found is None or found.urn is None:
            raise
        return Path(found.urn, found.attribute, found.sub, text=text)


def _listed(body: Any, rules: Rules) -> list[Any]:
    """The items of `Operations`, after validating the rest of the message."""
    if not isinstance(body, dict):
        raise InvalidSyntax("the body must be a JSON object")
    if USUAL.issuperset(body):
        schemas, listed = body.get("schemas"), body.get("Operations")
    else:
        members = {name.lower(): value for name, value in body.items()}
        schemas, listed = members.get("schemas"), members.get("operations")
    if schemas is not None or not rules.allows("schemas-missing"):
        check_message(schemas, PATCH_URN)
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(listed) > PATCH_OPERATIONS.most:
        raise TooMany(f"Operations: {len(listed)} operations; the maximum is {PATCH_OPERATIONS.most}")
    return listed


def _members(item: Any, number: int) -> tuple[str, str | None, Any]:
    """(op in lower case, path, value or MISSING) of one item of `Operations`."""
    if not isinstance(item, dict):
        raise InvalidSyntax(f"Operations[{number}]: expected an object")
    members = item
    if not IN_LOWER_CASE.issuperset(item):
        members = {name.lower(): value for name, value in item.items()}
    op, path, value = members.get("op", MISSING), members.get("path"), members.get("value", MISSING)
    verb = op.lower() if isinstance(op, str) else ""
    if verb not in OPS:
        raise InvalidSyntax(f"Operations[{number}].op: expected add, replace, or remove, got {in_message(op)}")
    if path is not None and not isinstance(path, str):
        raise InvalidPath(f"Operations[{number}].path: expected a string, got {in_message(path)}")
    if value is MISSING and verb != "remove":
        raise InvalidValue(f"Operations[{number}].value: {verb} requires a value")
    return verb, path, value
