"""All outcomes of a PATCH that RFC 7644 section 3.5.2 allows.

Each operation is applied to every state that the preceding operations may have produced. Uniqueness is not considered,
because it depends on other resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.model.definitions import Definitions, parts_of
from conformance.model.filter_model import Place, is_known_elsewhere, is_unassigned, place_of, values_at
from conformance.model.filter_text import AttributePath
from conformance.model.outcome import Holds, Open, Outcome, Refused
from conformance.model.patch_target import MISSING, Target, changed
from conformance.model.path_model import NotAPath, PatchPath, parse_path

__all__ = ["Holds", "Open", "Outcome", "Refused", "apply_patch"]

SYNTAX = frozenset(["invalidSyntax", "invalidValue"])
PATH = frozenset(["invalidPath", "invalidFilter"])
NO_ATTRIBUTE = frozenset(["invalidPath", "noTarget", "invalidValue"])

Step = Callable[[dict[str, Any]], list[Outcome]]


def apply_patch(
    resource: dict[str, Any], operations: Iterable[Mapping[str, Any]], definitions: Definitions
) -> list[Outcome]:
    """All acceptable outcomes, or a single Open if the RFC does not define the result of an operation."""
    outcomes = _in_order(resource, [_step_of(operation, definitions) for operation in operations])
    return [one for one in outcomes if not isinstance(one, Holds) or _keeps_required(resource, one, definitions)]


def _keeps_required(before: dict[str, Any], outcome: Holds, definitions: Definitions) -> bool:
    """Whether each required attribute still has its value; a sub-attribute only counts while its attribute has a value."""
    for urn, attribute in definitions.every():
        whole = Place(None if urn == definitions.core else urn, attribute)
        places = [whole] if attribute.get("required") is True else []
        if not attribute.get("multiValued") and values_at(whole, outcome.resource):
            places += [Place(whole.urn, attribute, one) for one in parts_of(attribute) if one.get("required") is True]
        if any(values_at(place, before) and not values_at(place, outcome.resource) for place in places):
            return False
    return True


def _in_order(resource: dict[str, Any], steps: list[Step]) -> list[Outcome]:
    """Apply the steps to every state. After all states are rejected, later steps only add reasons for the rejection."""
    states, refusals, lost = [Holds(resource)], list[Refused](), False
    for step in steps:
        after: list[Holds] = []
        for state in states:
            for outcome in step(state.resource):
                if isinstance(outcome, Open):
                    return [outcome]
                remark = state.remark or outcome.remark  # the first remark is reported
                if isinstance(outcome, Holds):
                    after.append(Holds(outcome.resource, remark))
                else:
                    refusals.append(Refused(outcome.scim_types, remark))
        lost = lost or not after
        states = _distinct(after) or states
    return [*([] if lost else states), *_merged(refusals)]


def _step_of(operation: Mapping[str, Any], definitions: Definitions) -> Step:
    op, path = str(operation.get("op")), operation.get("path")
    value = operation.get("value", MISSING)
    if op.lower() not in ("add", "replace", "remove"):
        return lambda resource: [Refused(SYNTAX)]
    named = None if path is None else str(path)
    step = _with_path(op.lower(), named, value, definitions) if named else _pathless(op.lower(), value, definitions)
    if op == op.lower():
        return step
    return lambda resource: [*step(resource), Refused(SYNTAX, "the server rejects an op that is not in lower case")]


# ── without a path ──


def _pathless(op: str, value: Any, definitions: Definitions) -> Step:
    """Each attribute in the value is a separate operation."""
    if op == "remove":
        return lambda resource: [Refused(frozenset(["noTarget"]))]
    if not isinstance(value, dict):
        return lambda resource: [Refused(SYNTAX)]
    steps: list[Step] = []
    for name, held in value.items():
        urn = definitions.urn(name)
        if urn is not None and isinstance(held, dict):
            steps += [_key(op, AttributePath(urn, inner), part, definitions, odd=False) for inner, part in held.items()]
        elif name.lower() != "schemas":
            # The RFC does not define keys with a dot or a URN: a server may apply or reject them.
            steps.append(_key(op, _path_of_key(name), held, definitions, odd="." in name or ":" in name))
    return lambda resource: _in_order(resource, steps)


def _path_of_key(name: str) -> AttributePath | None:
    try:
        return parse_path(name).attribute
    except NotAPath:
        return None


def _key(op: str, path: AttributePath | None, value: Any, definitions: Definitions, *, odd: bool) -> Step:
    place = place_of(path, definitions) if path else None
    if place is None or path is None:
        return lambda resource: [
            Holds(resource),
            Refused(SYNTAX | NO_ATTRIBUTE),
        ]  # unknown attributes may be ignored or rejected
    if _is_read_only(place):
        return lambda resource: [Holds(resource), Refused(frozenset(["mutability", *SYNTAX]))]  # ignored or rejected
    target = Target(place.urn, place.attribute, place.part)
    if not odd:
        return lambda resource: changed(resource, op, target, value)
    return lambda resource: [*changed(resource, op, target, value), Refused(SYNTAX | NO_ATTRIBUTE)]


# ── with a path ──


def _with_path(op: str, text: str, value: Any, definitions: Definitions) -> Step:
    if op != "remove" and value is MISSING:  # if the path is also invalid, the error may name either reason
        return lambda resource: [Refused(SYNTAX | PATH | NO_ATTRIBUTE | {"mutability"})]
    if definitions.urn(text) is not None:
        return lambda resource: [Open("the grammar does not allow a whole extension as the path")]
    try:
        path = parse_path(text)
    except NotAPath:
        return lambda resource: [Refused(PATH)]
    place = place_of(path.attribute, definitions)
    if place is None and is_known_elsewhere(path.attribute, definitions):
        return lambda resource: [Open("the path is an attribute of an extension without its URN")]
    if place is None or _lacks_part(path, place):
        return lambda resource: [
            Refused(NO_ATTRIBUTE),
            Holds(resource, f"the server returns 2xx for a PATCH of the unknown attribute {text}"),
        ]
    if place.attribute["name"] == "schemas":
        return lambda resource: [Open("a server may set schemas or keep it unchanged")]
    target = _target_of(path, place)
    if isinstance(target, Open):
        return lambda resource: [target]
    if _is_read_only(target):
        unchanged = f"the server ignores a PATCH of the readOnly {text} and returns 2xx"
        return lambda resource: [Refused(frozenset(["mutability"])), Holds(resource, unchanged)]
    return _on_target(op, target, value)


def _on_target(op: str, target: Target, value: Any) -> Step:
    if op == "add" and is_unassigned(value):
        return lambda resource: [Open("add without a value")]
    if op == "replace" and isinstance(value, dict) and is_unassigned(value):
        return lambda resource: [Open("replace with an empty object")]
    return lambda resource: changed(resource, op, target, value)


def _target_of(path: PatchPath, place: Place) -> Target | Open:
    """The place with its condition; Open if the RFC does not define the path."""
    multi_valued = bool(place.attribute.get("multiValued"))
    if path.condition is None:
        if place.part is not None and multi_valued:
            return Open("a sub-attribute of all elements at once")
        return Target(place.urn, place.attribute, place.part)
    if not multi_valued or place.part is not None or not place.attribute.get("subAttributes"):
        return Open("a value filter on an attribute that is not a list of objects")
    part = place_of(AttributePath(None, path.sub), place.attribute) if path.sub else None
    return Target(place.urn, place.attribute, part.attribute if part else None, path.condition)


def _lacks_part(path: PatchPath, place: Place) -> bool:
    return path.sub is not None and place_of(AttributePath(None, path.sub), place.attribute) is None


def _is_read_only(place: Place | Target) -> bool:
    return "readOnly" in (place.attribute.get("mutability"), (place.part or {}).get("mutability"))


# ── merging outcomes ──


def _distinct(states: list[Holds]) -> list[Holds]:
    """Each state once, without a remark if possible."""
    kept: list[Holds] = []
    for state in sorted(states, key=lambda one: bool(one.remark)):
        if all(held.resource != state.resource for held in kept):
            kept.append(state)
    return kept


def _merged(refusals: list[Refused]) -> list[Refused]:
    """One rejection with all scimTypes for each remark."""
    by_remark: dict[str, frozenset[str]] = {}
    for refusal in refusals:
        by_remark[refusal.remark] = by_remark.get(refusal.remark, frozenset()) | refusal.scim_types
    return [Refused(types, remark) for remark, types in sorted(by_remark.items())]
