"""The effect of one operation on one attribute: RFC 7644 sections 3.5.2.1 (add), 3.5.2.2 (remove), and 3.5.2.3 (replace)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.model.definitions import Definition
from conformance.model.elements import Elements, added, is_primary, same, same_value, tidied, with_one_primary
from conformance.model.filter_model import Refusal, held_by, is_unassigned, matches, refusal
from conformance.model.filter_text import And, Compare, Tree
from conformance.model.likeness import canonical
from conformance.model.outcome import Holds, Open, Outcome, Refused
from conformance.model.reading import INVALID, Reading, read_single, read_value

MISSING: Any = object()  # no "value" in the operation, as opposed to null
NO_TARGET = frozenset(["noTarget"])
FILTER = frozenset(["invalidFilter", "invalidPath"])
MUTABILITY = frozenset(["mutability"])


@dataclass(frozen=True, slots=True)
class Target:
    """The target of an operation: an attribute or sub-attribute, in all values or in those that match the condition."""

    urn: str | None
    attribute: Definition
    part: Definition | None = None
    condition: Tree | None = None

    @property
    def last(self) -> Definition:
        return self.attribute if self.part is None else self.part


def changed(resource: dict[str, Any], op: str, target: Target, value: Any) -> list[Outcome]:
    """All outcomes of one operation on one resource."""
    home = resource if target.urn is None else (held_by(resource, target.urn) or {})
    before = held_by(home, target.attribute["name"])
    if target.condition is not None:
        found = _selected(list(before or []), op, target, value)
    elif target.part is not None:
        found = _part_of_single(before, op, target.part, value)
    elif target.attribute.get("multiValued"):
        found = _whole_list(list(before or []), op, target.attribute, value)
    else:
        found = _whole_single(before, op, target.attribute, value)
    return [after for one in found for after in _placed(resource, target, before, one)]


# ── a single value ──


def _whole_single(before: Any, op: str, definition: Definition, value: Any) -> list[Outcome]:
    if op == "remove":
        return _removal(before, None, value)
    reading = read_single(definition, value)
    merges = isinstance(before, dict)  # other sub-attributes stay (RFC 7644 3.5.2.3)
    after = [{**before, **one} if merges and isinstance(one, dict) else one for one in reading.stored]
    return _read([_new(one) for one in after], reading)


def _part_of_single(before: Any, op: str, part: Definition, value: Any) -> list[Outcome]:
    held = before if isinstance(before, dict) else {}
    if op == "remove":
        without = {name: one for name, one in held.items() if name.lower() != part["name"].lower()}
        return _removal(held_by(held, part["name"]), without, value)
    reading = read_value(part, value)
    return _read([_new({**held, part["name"]: one}) for one in reading.stored], reading)


def _removal(present: Any, after: Any, value: Any) -> list[Outcome]:
    """Remove the value: a missing value may also cause noTarget, and a server may ignore or reject `value`."""
    outcomes: list[Outcome] = [_new(after)]
    if is_unassigned(present):
        outcomes.append(Refused(NO_TARGET))
    if value is not MISSING:
        outcomes.append(Refused(INVALID))
    return outcomes


# ── a list ──


def _whole_list(before: Elements, op: str, definition: Definition, value: Any) -> list[Outcome]:
    if op == "remove":
        return _list_removal(before, definition, value)
    reading = read_value(definition, value)
    outcomes: list[Outcome] = []
    for elements in reading.stored:
        if sum(map(is_primary, elements)) > 1:
            return [Open("more than one primary element in the value")]
        lists = added(definition, before, elements) if op == "add" else tidied(definition, elements)
        outcomes += [_new(after) for after in lists]
        if op == "add" and any(same(definition, held, one) for held in before for one in elements):
            outcomes.append(
                Holds(
                    {"": [*before, *elements]}, "the list contains a value twice (RFC 7644 section 3.5.2.1: SHOULD NOT)"
                )
            )
    return _read(outcomes, reading)


def _list_removal(before: Elements, definition: Definition, value: Any) -> list[Outcome]:
    outcomes = _removal(before, [], value)
    if value is not MISSING:  # a server may remove all elements, only those in `value`, or reject it
        named = value if isinstance(value, list) else [value]
        elements = [
            {"value": one} if isinstance(one, str) and definition.get("subAttributes") else one for one in named
        ]
        kept = [held for held in before if not any(same_value(definition, held, one) for one in elements)]
        outcomes.append(_new(kept))
    return outcomes


def _selected(before: Elements, op: str, target: Target, value: Any) -> list[Outcome]:
    """Apply the operation to the elements that match the condition."""
    assert target.condition is not None
    may = refusal(target.condition, target.attribute)
    if may is Refusal.MUST:
        return [Refused(FILTER)]
    fits = [matches(target.condition, element, target.attribute) for element in before]
    if None in fits:
        return [Open("whether the condition matches an element")]
    chosen = [place for place, one in enumerate(fits) if one]
    outcomes = _on_chosen(before, chosen, op, target, value) if chosen else _without_match(before, op, target, value)
    return [*outcomes, Refused(FILTER)] if may is Refusal.MAY else outcomes


def _on_chosen(before: Elements, chosen: list[int], op: str, target: Target, value: Any) -> list[Outcome]:
    if target.part is not None:
        return _part_of_chosen(before, chosen, op, target, value)
    if op == "remove":
        outcomes: list[Outcome] = [_new([one for place, one in enumerate(before) if place not in chosen])]
        return outcomes if value is MISSING else [*outcomes, Refused(INVALID)]
    if isinstance(value, list):
        return [Open("a list as the value for elements that a condition matches")]
    reading = read_single(target.attribute, value)
    changes: list[Callable[[Any, Any], Any]] = [lambda held, new: {**held, **new}]
    if op == "replace":
        changes.append(
            lambda held, new: new
        )  # RFC 7644 3.5.2.3 can mean the whole element or only the sent sub-attributes
    outcomes = []
    for new in reading.stored:
        if new is None or (is_primary(new) and len(chosen) > 1):
            return [Open("null or a primary element as the value for several elements")]
        for change in changes:
            outcomes += _after(before, chosen, target.attribute, lambda held, c=change, n=new: c(held, n))  # type: ignore[misc]
    return _read(outcomes, reading)


def _part_of_chosen(before: Elements, chosen: list[int], op: str, target: Target, value: Any) -> list[Outcome]:
    part = target.part
    assert part is not None
    name = str(part["name"])
    if op == "remove":
        outcomes = _after(before, chosen, target.attribute, lambda held: _without(held, name))
        if all(held_by(before[place], name) is None for place in chosen):
            outcomes.append(Refused(NO_TARGET))
        if name == "value":  # a server may keep or remove an element without value, or reject the operation
            outcomes.append(_new([one for place, one in enumerate(before) if place not in chosen]))
            outcomes.append(Refused(INVALID | MUTABILITY))
        return outcomes
    reading = read_value(part, value)
    if name == "primary" and value is True and len(chosen) > 1:
        return [Open("primary true for several elements")]
    outcomes = []
    for new in reading.stored:
        outcomes += _after(before, chosen, target.attribute, lambda held, n=new: {**_without(held, name), name: n})  # type: ignore[misc]
    if part.get("mutability") == "immutable" and any(held_by(before[at], name) not in (None, value) for at in chosen):
        remark = "the server changes an immutable sub-attribute of an element"
        changed_ones = [Holds(one.resource, remark) for one in outcomes if isinstance(one, Holds)]
        return [*changed_ones, Refused(MUTABILITY)]
    return _read(outcomes, reading)


def _after(before: Elements, chosen: list[int], definition: Definition, change: Callable[[Any], Any]) -> list[Outcome]:
    """The possible lists after the change; an element that becomes primary replaces the previous primary element."""
    after = [change(one) if place in chosen else one for place, one in enumerate(before)]
    winner = next((after[place] for place in chosen if is_primary(after[place])), None)
    if winner is not None and len(chosen) == 1:
        after = with_one_primary(after, winner)
    return [_new(one) for one in tidied(definition, after)]


def _without_match(before: Elements, op: str, target: Target, value: Any) -> list[Outcome]:
    """No element matches: replace fails, remove changes nothing or fails, add may create the described element."""
    none: Outcome = Refused(NO_TARGET)
    if op == "remove":
        return [_new(before), none]
    if is_unassigned(value) or value == "":
        return [_new(before), Refused(NO_TARGET | INVALID)]
    if target.part is None and isinstance(value, list):
        return [Open("a list as the value for the element that a condition describes")]
    created: list[Outcome] = []
    if (described := _described(target.condition)) is not None:
        reading = read_value(target.part, value) if target.part else read_single(target.attribute, value)
        parts = [{target.part["name"]: one} if target.part else one for one in reading.stored]
        remark = "replace creates the element that the filter describes, which Entra expects" if op == "replace" else ""
        elements = [{**described, **one} for one in parts if isinstance(one, dict)]
        lists = [after for one in elements for after in tidied(target.attribute, _with_new(before, one))]
        created = [Holds({"": after}, remark) for after in lists]
        if not reading.stored:
            return [Refused(INVALID | NO_TARGET)]
        none = Refused(NO_TARGET | reading.refused)
    if op == "add":
        created.append(Holds({"": before}, "the server returns 2xx and changes nothing"))
    return [*created, none]


def _with_new(before: Elements, element: Any) -> Elements:
    after = [*before, element]
    return with_one_primary(after, element) if is_primary(element) else after


def _described(condition: Tree | None) -> dict[str, Any] | None:
    """The element that a condition with only `eq` and `and` describes; None for any other condition."""
    match condition:
        case Compare(path, "eq", value) if value is not None:
            return {path.name: value}
        case And(left, right):
            sides = [_described(left), _described(right)]
            return None if None in sides else {**(sides[0] or {}), **(sides[1] or {})}
    return None


# ── outcomes; before `_placed`, a Holds has the new value of the attribute under "" ──


def _new(value: Any) -> Outcome:
    return Holds({"": value})


def _read(outcomes: list[Outcome], reading: Reading) -> list[Outcome]:
    return [*outcomes, Refused(reading.refused)] if reading.refused else outcomes


def _placed(resource: dict[str, Any], target: Target, before: Any, outcome: Outcome) -> list[Outcome]:
    """The resource with the attribute's new value, or a rejection if the schema forbids it."""
    if not isinstance(outcome, Holds):
        return [outcome]
    after = outcome.resource[""]
    attribute = target.attribute
    if _is_fixed(target, before) and canonical(attribute, before) != canonical(attribute, after):
        return [Refused(MUTABILITY)]
    new = Holds(_with(resource, target, after), outcome.remark)
    if not _loses_required(target, after):
        return [new]
    # A later operation may set a new value; `apply_patch` drops states in which the value is still missing.
    return [
        Refused(MUTABILITY | {"invalidValue"}),
        Holds(new.resource, "an operation removes a required value that a later operation sets again"),
    ]


def _loses_required(target: Target, after: Any) -> bool:
    gone = is_unassigned(after) or (target.condition is None and _lost_part(target, after))
    return gone and target.last.get("required") is True


def _lost_part(target: Target, after: Any) -> bool:
    return target.part is not None and is_unassigned(held_by(after, target.part["name"]))


def _is_fixed(target: Target, before: Any) -> bool:
    """Whether it is an immutable attribute that already has a value."""
    if target.attribute.get("mutability") == "immutable":
        return not is_unassigned(before)
    single = target.part is not None and target.condition is None
    return single and target.last.get("mutability") == "immutable" and not _lost_part(target, before)


def _with(resource: dict[str, Any], target: Target, value: Any) -> dict[str, Any]:
    if target.urn is None:
        return {**_without(resource, target.attribute["name"]), target.attribute["name"]: value}
    home = held_by(resource, target.urn) or {}
    inner = {**_without(home, target.attribute["name"]), target.attribute["name"]: value}
    return {**_without(resource, target.urn), target.urn: inner}


def _without(holder: Any, name: str) -> dict[str, Any]:
    """The object without this name in any case."""
    return {key: value for key, value in (holder or {}).items() if key.lower() != name.lower()}
