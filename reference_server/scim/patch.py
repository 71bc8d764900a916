"""PATCH: applies a list of operations to a resource, all or none (RFC 7644 section 3.5.2).

Cost follows what is touched: the resource is copied shallowly, values are replaced and never mutated, and relations (a
group's members) are changed through their ElementSet, one element at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from reference_server.scim.element_set import ElementSet
from reference_server.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, TooMany
from reference_server.scim.incoming import check_required, find_written, is_kept, schemas_in_use
from reference_server.scim.patch_values import MISSING, Change, changed_list, changed_single
from reference_server.scim.path import Path, parse_path
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute
from reference_server.scim.tolerance import Rules
from reference_server.scim.values import is_unassigned, read_value

PATCH_URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MAX_OPERATIONS = 1_000


class Operation(NamedTuple):
    """One operation on one path; a path-less one has been expanded to these."""

    op: str
    path: Path
    value: Any


def apply_patch(
    current: dict[str, Any],
    body: Any,
    rtype: ResourceType,
    rules: Rules,
    *,
    elements: Mapping[str, ElementSet] | None = None,
) -> dict[str, Any]:
    """The resource that the operations leave; `current` stays untouched, unchanged parts are shared.

    `elements` holds the drafts of relation attributes, which are in no resource dict. Raises a ScimError (invalidSyntax,
    invalidPath, invalidFilter, invalidValue, noTarget, mutability, tooMany); the caller then drops the drafts.
    """
    work = dict(current)
    for operation in _operations(body, rtype, rules, current):
        _apply(work, operation, rtype, rules, elements or {})
    # Removing a required value is a mutability error (RFC 7644 3.5.2.2).
    check_required(work, rtype, Mutability)
    work["schemas"] = schemas_in_use(work, rtype)
    return work


# ── reading the request ──


def _operations(body: Any, rtype: ResourceType, rules: Rules, current: Mapping[str, Any]) -> Iterator[Operation]:
    if not isinstance(body, dict):
        raise InvalidSyntax("expected a JSON object")
    members = {name.lower(): value for name, value in body.items()}
    schemas = members.get("schemas")
    if schemas is None and rules.strict:
        raise InvalidSyntax(f'schemas: expected ["{PATCH_URN}"]')
    if schemas is not None and (not isinstance(schemas, list) or PATCH_URN not in schemas):
        raise InvalidSyntax(f'schemas: expected ["{PATCH_URN}"]')
    listed = members.get("operations")
    if not isinstance(listed, list) or not listed:
        raise InvalidSyntax("Operations: expected a list of at least one operation")
    if len(listed) > MAX_OPERATIONS:
        raise TooMany(f"Operations: {len(listed)} operations; at most {MAX_OPERATIONS} are taken")
    for number, item in enumerate(listed):
        yield from _expanded(item, f"Operations[{number}]", rtype, rules, current)


def _expanded(
    item: Any, where: str, rtype: ResourceType, rules: Rules, current: Mapping[str, Any]
) -> Iterator[Operation]:
    if not isinstance(item, dict):
        raise InvalidSyntax(f"{where}: expected an object")
    members = {name.lower(): value for name, value in item.items()}
    op, path, value = members.get("op"), members.get("path"), members.get("value", MISSING)
    if not isinstance(op, str) or op.lower() not in ("add", "replace", "remove"):
        raise InvalidSyntax(f'{where}.op: expected add, replace or remove, got "{op}"')
    op = op.lower()
    if path is not None and not isinstance(path, str):
        raise InvalidPath(f"{where}.path: expected text")
    if op != "remove" and value is MISSING:
        raise InvalidValue(f"{where}.value: {op} needs a value")
    if path:
        yield Operation(op, _written_path(path, rtype, rules), value)
        return
    if op == "remove":
        raise NoTarget(f"{where}.path: remove needs a path")
    if not isinstance(value, dict):
        raise InvalidValue(f"{where}.value: without a path, expected an object of attributes")
    yield from _pathless(op, value, where, rtype, rules, current)


def _pathless(
    op: str,
    value: dict[str, Any],
    where: str,
    rtype: ResourceType,
    rules: Rules,
    current: Mapping[str, Any],
    *,
    within: bool = False,
) -> Iterator[Operation]:
    """Each key as an operation of its own: plain names, dotted ones, URN ones, extension objects (entra.md 3.3).

    `within`: the keys are those of an extension object, with its URN before them.
    """
    for name, item in value.items():
        key = name.lower()
        extension = rtype.extension(name)
        if extension is not None and isinstance(item, dict):
            for inner, part in item.items():
                qualified = {f"{extension.id}:{inner}": part}
                yield from _pathless(op, qualified, where, rtype, rules, current, within=True)
        elif key == "id":
            if item != current.get("id"):
                raise Mutability(f"{where}.value.id: the id cannot be changed")
        elif key != "schemas":
            if rules.strict and not within and ("." in name or ":" in name):
                raise InvalidSyntax(f"{where}.value.{name}: expected the name of an attribute, not a path")
            try:
                path = _written_path(name, rtype, rules)
            except InvalidPath:
                if rules.strict:
                    raise
                continue  # an attribute that we do not know: ignored, as in a POST
            if path.attribute is None or path.attribute.mutability != "readOnly":
                yield Operation(op, path, item)


def _written_path(text: str, rtype: ResourceType, rules: Rules) -> Path:
    try:
        return parse_path(text, rtype)
    except InvalidPath:
        if rules.strict or ":" in text:
            raise
        found = find_written(rtype, text, rules)  # `manager` for the enterprise one (entra.md 3.6)
        if found is None or found.urn is None:
            raise
        return Path(found.urn, found.attribute, found.sub, text=text)


# ── applying one operation ──


def _apply(
    work: dict[str, Any], operation: Operation, rtype: ResourceType, rules: Rules, elements: Mapping[str, ElementSet]
) -> None:
    op, path, value = operation
    if path.attribute is None:
        _apply_extension(work, operation, rtype, rules, elements)
        return
    attribute = path.attribute
    if attribute.key == "schemas":
        return  # kept true by itself
    if attribute.mutability == "readOnly" or (path.sub is not None and path.sub.mutability == "readOnly"):
        raise Mutability(f"{path.text} is readOnly")
    if path.urn is None and attribute in rtype.relations:
        _apply_relation(elements[attribute.name], operation, attribute, rules)
        return
    home = work if path.urn is None else dict(work.get(path.urn) or {})
    before = home.get(attribute.name)
    change = Change(op, path, value, before, rules)
    after = changed_list(change) if attribute.multi_valued else changed_single(change)
    leaf = path.sub or attribute
    if leaf.mutability == "immutable" and before is not None and after != before:
        raise Mutability(f"{path.text} is immutable")
    if after is None or not is_kept(attribute):
        home.pop(attribute.name, None)
    else:
        home[attribute.name] = after
    if path.urn is not None:
        if home:
            work[path.urn] = home
        else:
            work.pop(path.urn, None)


def _apply_extension(
    work: dict[str, Any], operation: Operation, rtype: ResourceType, rules: Rules, elements: Mapping[str, ElementSet]
) -> None:
    """The whole extension as target: its keys one by one; `replace` leaves only them, `remove` nothing."""
    op, path, value = operation
    assert path.urn is not None
    if op == "remove":
        work.pop(path.urn, None)
        return
    if not isinstance(value, dict):
        raise InvalidValue(f"{path.text}: expected an object")
    for name, item in value.items():
        inner = parse_path(f"{path.urn}:{name}", rtype) if rules.strict else _known(f"{path.urn}:{name}", rtype)
        if inner is not None and inner.attribute is not None and inner.attribute.mutability != "readOnly":
            _apply(work, Operation(op, inner, item), rtype, rules, elements)


def _known(text: str, rtype: ResourceType) -> Path | None:
    try:
        return parse_path(text, rtype)
    except InvalidPath:
        return None


def _apply_relation(drafts: ElementSet, operation: Operation, attribute: Attribute, rules: Rules) -> None:
    """Members of a group and their like: whole elements come and go, their parts are immutable (RFC 7643 4.2)."""
    op, path, value = operation
    if path.selects is not None:
        chosen = _chosen(drafts, path)
        if path.sub is not None:
            raise Mutability(f"{path.text} is immutable; remove the element and add another")
        if op == "remove":
            for element in chosen:
                drafts.discard(element["value"])
            return
        if not chosen and rules.strict:
            raise NoTarget(f"{path.text} matches nothing")
        for element in chosen if op == "replace" else ():
            drafts.discard(element["value"])
    elif path.sub is not None:
        raise Mutability(f"{path.text} is immutable; remove the element and add another")
    elif op == "remove":
        if value is MISSING:
            drafts.clear()
            return
        # Entra's default dialect names whom to remove; "all" would empty the group (group-remove-with-value-clears-all).
        if is_unassigned(value, rules):
            raise InvalidValue(f"{path.text}: remove with an empty value; leave value out to remove all")
        for element in _read_elements(attribute, value, rules):
            drafts.discard(element["value"])
        return
    if is_unassigned(value, rules):
        if op == "replace" and path.selects is None:
            drafts.clear()
        return
    written = _read_elements(attribute, value, rules)
    if op == "replace" and path.selects is None:
        drafts.replace_all(written)
    else:
        for element in written:
            drafts.add(element)


def _chosen(drafts: ElementSet, path: Path) -> list[dict[str, Any]]:
    """The elements a filter selects; `value eq "x"`, what providers send, without walking all of them."""
    assert path.selects is not None
    if path.template is not None and set(path.template) == {"value"}:
        value = path.template["value"]
        return [{"value": value}] if value in drafts else []
    return [element for element in drafts if path.selects(element)]


def _read_elements(attribute: Attribute, value: Any, rules: Rules) -> list[dict[str, Any]]:
    read = read_value(attribute, value, attribute.name, rules)
    return list(read) if isinstance(read, list) else [read]
