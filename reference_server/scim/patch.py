"""PATCH: applies a list of operations to a resource, all or none (RFC 7644 section 3.5.2).

The cost depends only on the changed values: the resource is copied shallowly, values are replaced and never mutated, and
relations such as group members are changed through their ElementSet, one element at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_server.scim.element_set import ElementSet
from reference_server.scim.errors import InvalidPath, InvalidValue, Mutability, NoTarget, TooMany
from reference_server.scim.incoming import check_nothing_removed, schemas_in_use
from reference_server.scim.limits import PATCH_STEPS
from reference_server.scim.patch_operations import Operation, operations
from reference_server.scim.patch_values import Change, changed_list, changed_single
from reference_server.scim.path import Path, parse_path
from reference_server.scim.resource_type import ResourceType
from reference_server.scim.schema import Attribute
from reference_server.scim.text import MISSING, in_message
from reference_server.scim.tolerance import Rules
from reference_server.scim.values import is_unassigned, read_references, read_value
from reference_server.turns import count


def apply_patch(
    current: dict[str, Any],
    body: Any,
    rtype: ResourceType,
    rules: Rules,
    *,
    elements: Mapping[str, ElementSet] | None = None,
) -> dict[str, Any]:
    """The resource after all operations. `current` is not modified, and unchanged parts are shared with the result.

    `elements` contains the drafts of relation attributes, which resource dicts do not include. Raises a ScimError
    (invalidSyntax, invalidPath, invalidFilter, invalidValue, noTarget, mutability, tooMany); then discard the drafts.
    """
    work, drafts, steps = dict(current), elements or {}, 0
    before = {**current, **_relations(drafts, rtype)} if rtype.required_relations else current
    for operation in operations(body, rtype, rules, current):
        op, path, value = operation
        if path.attribute is not None and path.attribute.multi_valued:
            walked = _steps(work, operation, path.attribute, drafts)
            count(walked)
            steps += walked
        if steps > PATCH_STEPS.most:
            raise TooMany(
                f"the operations require more than {PATCH_STEPS.most} comparisons; split them into several requests"
            )
        held = work if rules.allows("required-set-again") else dict(work)
        _apply(work, operation, rtype, rules, drafts)
        if held is not work and (op == "remove" or is_unassigned(value, rules)):
            check_nothing_removed(work, held, rtype)
    after = {**work, **_relations(drafts, rtype)} if rtype.required_relations else work
    check_nothing_removed(after, before, rtype)
    work["schemas"] = schemas_in_use(work, rtype)
    return work


def _relations(drafts: Mapping[str, ElementSet], rtype: ResourceType) -> dict[str, bool]:
    """The required relations that have elements, because resource dicts do not include them.

    Others are not counted: a database reads all members to count them.
    """
    return {name: True for name in rtype.required_relations if name in drafts and len(drafts[name])}


def _steps(work: dict[str, Any], operation: Operation, attribute: Attribute, drafts: Mapping[str, ElementSet]) -> int:
    """The comparisons of an operation on a list: the elements that it visits times the comparisons of its filter."""
    op, path, value = operation
    if path.urn is None and attribute.name in drafts:
        walks = path.value is None if path.terms else op == "replace" or value is MISSING
        return len(drafts[attribute.name]) * (1 + path.terms) if walks else 0
    home = work.get(path.urn) if path.urn else work
    return len(home.get(attribute.name) or ()) * (1 + path.terms) if home else 0


# ── applying one operation ──


def _apply(
    work: dict[str, Any], operation: Operation, rtype: ResourceType, rules: Rules, elements: Mapping[str, ElementSet]
) -> None:
    _, path, _ = operation
    if path.attribute is None:
        _apply_extension(work, operation, rtype, rules, elements)
        return
    attribute = path.attribute
    if attribute.key == "schemas":
        _check_schemas(work, operation, attribute, rtype, rules)
        return
    if attribute.mutability == "readOnly" or (path.sub is not None and path.sub.mutability == "readOnly"):
        raise Mutability(f"{path.text} is readOnly")
    if path.urn is None and attribute in rtype.relations:
        _apply_relation(elements[attribute.name], operation, attribute, rules)
        return
    if path.urn is None:
        _change_attribute(work, operation, attribute, rules)
        return
    extension = dict(work.get(path.urn) or {})
    _change_attribute(extension, operation, attribute, rules)
    if extension:
        work[path.urn] = extension
    else:
        work.pop(path.urn, None)


def _check_schemas(
    work: dict[str, Any], operation: Operation, attribute: Attribute, rtype: ResourceType, rules: Rules
) -> None:
    """Accept an operation on `schemas` only if the result agrees with the attributes, from which the server derives it.

    `add` can announce the URN of an extension whose attributes are set later. Raises InvalidValue for any other URN, and
    Mutability for an operation that removes a URN in use.
    """
    op, path, value = operation
    if op == "remove" or path.terms:
        raise Mutability(f"{path.text}: the server derives schemas from the attributes of the resource")
    listed = [] if is_unassigned(value, rules) else read_value(attribute, value, path.text, rules)
    known = {urn.lower() for urn in rtype.schemas}
    for urn in listed:
        if urn.lower() not in known:
            raise InvalidValue(f"{path.text}: {in_message(urn)} is not a schema of {rtype.name}")
    named = {urn.lower() for urn in listed}
    for urn in schemas_in_use(work, rtype):
        if op == "replace" and urn.lower() not in named:
            raise Mutability(f"{path.text}: {urn} is in use; remove its attributes instead")


def _change_attribute(home: dict[str, Any], operation: Operation, attribute: Attribute, rules: Rules) -> None:
    """Set the new value of the attribute in `home` (the resource or one of its extensions), or remove it."""
    op, path, value = operation
    before = home.get(attribute.name)
    if type(value) is attribute.plain and value != "" and op != "remove" and path.sub is None:
        after = value  # in its final form, as most values are
    else:
        change = Change(op, path, value, before, rules)
        after = changed_list(change) if attribute.multi_valued else changed_single(change)
    fixed = attribute.mutability == "immutable" or (path.sub is not None and path.sub.mutability == "immutable")
    if fixed and before is not None and after != before:
        raise Mutability(f"{path.text} is immutable")
    if path.sub is None and attribute.immutable_subs and isinstance(before, dict):
        left = after if isinstance(after, dict) else {}
        for name in attribute.immutable_subs:
            if name in before and left.get(name) != before[name]:
                raise Mutability(f"{attribute.name}.{name} is immutable")
    if after is None or not attribute.is_kept:
        home.pop(attribute.name, None)
    else:
        home[attribute.name] = after


def _apply_extension(
    work: dict[str, Any], operation: Operation, rtype: ResourceType, rules: Rules, elements: Mapping[str, ElementSet]
) -> None:
    """Apply an operation to a complete extension: `add` sets its keys, `replace` keeps only them, `remove` removes all."""
    op, path, value = operation
    assert path.urn is not None
    if op == "remove":
        work.pop(path.urn, None)
        return
    if not isinstance(value, dict):
        raise InvalidValue(f"{path.text}: expected an object")
    for name, item in value.items():
        count(3)
        inner = _known(f"{path.urn}:{name}", rtype, rules)
        if inner is not None and inner.attribute is not None and inner.attribute.mutability != "readOnly":
            _apply(work, (op, inner, item), rtype, rules, elements)


def _known(text: str, rtype: ResourceType, rules: Rules) -> Path | None:
    try:
        return parse_path(text, rtype)
    except InvalidPath:
        if not rules.allows("unknown-attributes"):
            raise
        return None


def _apply_relation(drafts: ElementSet, operation: Operation, attribute: Attribute, rules: Rules) -> None:
    """Apply an operation to a relation. Elements are added or removed; their parts are immutable (RFC 7643 section 4.2)."""
    op, path, _ = operation
    if path.sub is not None:
        raise Mutability(f"{path.text} is immutable; remove the element and add a new one")
    if path.terms:
        _apply_to_chosen(drafts, operation, attribute, rules)
    elif op == "remove":
        _remove_elements(drafts, operation, attribute, rules)
    else:
        _write_elements(drafts, operation, attribute, rules)


def _apply_to_chosen(drafts: ElementSet, operation: Operation, attribute: Attribute, rules: Rules) -> None:
    """`members[value eq "…"]`: remove the selected elements; `add` and `replace` insert the value in their place."""
    op, path, value = operation
    chosen = _chosen(drafts, path)
    if op != "remove" and not chosen and not rules.allows("filter-without-match"):
        raise NoTarget(f"{path.text} does not match any value")
    if op != "add":
        drafts.discard(chosen)
    if op != "remove" and not is_unassigned(value, rules):
        drafts.add(read_references(attribute, value, attribute.name, rules))


def _remove_elements(drafts: ElementSet, operation: Operation, attribute: Attribute, rules: Rules) -> None:
    """`remove` without a value removes all elements; with a value, it removes only the elements that the value names."""
    _, path, value = operation
    if value is MISSING:
        drafts.clear()
        return
    if is_unassigned(value, rules):
        raise InvalidValue(f"{path.text}: the value of remove is empty; omit value to remove all values")
    drafts.discard(read_references(attribute, value, attribute.name, rules))


def _write_elements(drafts: ElementSet, operation: Operation, attribute: Attribute, rules: Rules) -> None:
    op, _, value = operation
    if is_unassigned(value, rules):
        if op == "replace":
            drafts.clear()
        return
    written = read_references(attribute, value, attribute.name, rules)
    if op == "replace":
        drafts.replace_all(written)
    else:
        drafts.add(written)


def _chosen(drafts: ElementSet, path: Path) -> list[str]:
    """The elements that a filter selects. For `value eq "x"`, which providers send, it does not visit all of them."""
    if path.value is not None:
        return [path.value] if path.value in drafts else []
    assert path.selects is not None
    return [element["value"] for element in drafts if path.selects(element)]
