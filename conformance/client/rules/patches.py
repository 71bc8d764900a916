"""PATCH requests: their form, their paths, and what they try to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.client.attributes import parsed_path, place
from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import Sent, Write, named_value
from conformance.model.filter_model import place_of
from conformance.requirements.json_values import json_of

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
READ_ONLY = ("readOnly", "immutable")
Operation = dict[str, Any]


def _patches(journey: Journey) -> Iterator[tuple[Write, Sent]]:
    return ((write, write.sent) for write in journey.writes if write.method == "PATCH" and not write.sent.cut)


def _operations(journey: Journey) -> Iterator[tuple[Write, Operation, str, Any]]:
    """(write, operation, op in lower case, path) of each operation."""
    for write, _ in _patches(journey):
        for operation in write.operations:
            yield write, operation, str(operation.get("op", "")).lower(), operation.get("path")


def patch_schema(journey: Journey) -> Judged:
    for write, sent in _patches(journey):
        held = named_value(write.body, "schemas")
        fits = isinstance(held, list) and PATCH_OP in held
        told = Complaint("The PATCH does not have the schema of its message.", PATCH_OP, _short(held))
        yield sent, None if fits else told


def patch_operations(journey: Journey) -> Judged:
    for write, sent in _patches(journey):
        held = named_value(write.body, "operations")
        fits = isinstance(held, list) and held and all(isinstance(item, dict) for item in held)
        told = Complaint("The PATCH has no operations.", "Operations with at least one operation", _short(held))
        yield sent, None if fits else told


def patch_op(journey: Journey) -> Judged:
    for write, operation, op, _ in _operations(journey):
        fits = op in ("add", "remove", "replace")
        told = Complaint("An operation has no valid op.", "add, remove, or replace", _short(operation.get("op")))
        yield write.sent, None if fits else told


def remove_has_a_path(journey: Journey) -> Judged:
    for write, _, op, path in _operations(journey):
        if op == "remove":
            yield write.sent, None if path else Complaint("A remove operation has no path.", "a path", "no path")


def remove_has_no_value(journey: Journey) -> Judged:
    for write, operation, op, path in _operations(journey):
        if op == "remove" and isinstance(path, str):
            whole = "[" not in path and operation.get("value") not in (None, "", [])
            message = (
                "A remove operation names the elements in its value. By the RFC, it removes every value of its path."
            )
            got = f"path {path}, value {_short(operation.get('value'))}"
            yield write.sent, Complaint(message, f'{path}[value eq "…"]', got) if whole else None


def values_are_present(journey: Journey) -> Judged:
    for write, operation, op, path in _operations(journey):
        if op in ("add", "replace"):
            absent = "value" not in operation
            yield (
                write.sent,
                Complaint(f"An operation {op} has no value.", "a value", f"path {path}") if absent else None,
            )


def value_without_path_is_an_object(journey: Journey) -> Judged:
    for write, operation, op, path in _operations(journey):
        if op in ("add", "replace") and not path and "value" in operation:
            fits = isinstance(operation["value"], dict)
            told = Complaint(
                f"An operation {op} without a path has no object.", "an object", _short(operation["value"])
            )
            yield write.sent, None if fits else told


def paths_parse(journey: Journey) -> Judged:
    for write, _, _, path in _operations(journey):
        if path is not None:
            fits = isinstance(path, str) and (parsed_path(path) is not None or _is_schema(journey, write, path))
            told = Complaint("A path does not follow the grammar.", "attribute, or attribute[filter].sub", _short(path))
            yield write.sent, None if fits or path == "" else told


def _is_schema(journey: Journey, write: Write, path: str) -> bool:
    known = journey.definitions(write.endpoint)
    return bool(known and known.urn(path))


def paths_are_known(journey: Journey) -> Judged:
    for write, _, _, path in _operations(journey):
        known = journey.definitions(write.endpoint)
        if isinstance(path, str) and known and parsed_path(path) is not None and not _is_schema(journey, write, path):
            unknown = place(path, known) is None
            message = "The server's schemas do not have the attribute of a path."
            yield write.sent, Complaint(message, "an attribute of /Schemas", path) if unknown else None


def value_paths_name_sub_attributes(journey: Journey) -> Judged:
    for write, _, _, path in _operations(journey):
        known = journey.definitions(write.endpoint)
        parsed = parsed_path(path) if isinstance(path, str) and "[" in path else None
        if parsed and known and (found := place_of(parsed.attribute, known)):
            fits = found.last.get("type") == "complex"
            told = Complaint(
                "A value filter is applied to an attribute without sub-attributes.", "an attribute path", path
            )
            yield write.sent, None if fits else told


def read_only_stays(journey: Journey) -> Judged:
    for write, operation, _, path in _operations(journey):
        known = journey.definitions(write.endpoint)
        if known is None:
            continue
        value = operation.get("value")
        names = [path] if isinstance(path, str) and path else list(value) if isinstance(value, dict) else []
        for name in names:
            parsed = parsed_path(name)
            found = place_of(parsed.attribute, known) if parsed else None
            if found is not None:
                same = name.lower() == "id" and isinstance(value, dict) and value[name] == write.id
                locked = not same and "readOnly" in (found.attribute.get("mutability"), found.last.get("mutability"))
                told = Complaint("The PATCH changes a readOnly attribute.", "no change", name)
                yield write.sent, told if locked else None


def active_is_replaced(journey: Journey) -> Judged:
    for write, _, op, path in _operations(journey):
        if write.endpoint == "Users" and isinstance(path, str) and path.lower() == "active":
            removed = op == "remove"
            message = "The client removes active. The server decides what a user without it is."
            yield write.sent, Complaint(message, "replace active with false", "remove active") if removed else None


def members_are_not_indexed(journey: Journey) -> Judged:
    for write, _, _, path in _operations(journey):
        if isinstance(path, str):
            indexed = path.startswith("/") or path.endswith("/-") or any(part.isdigit() for part in path.split("/")[1:])
            told = Complaint("The path is a JSON Pointer (RFC 6902).", "an attribute path of SCIM", path)
            yield write.sent, told if indexed else None


def updates_by_patch(journey: Journey) -> Judged:
    for write in journey.writes:
        if write.method in ("PUT", "PATCH"):
            wrong = write.method == "PUT"
            yield write.sent, Complaint("The client updates with PUT.", "PATCH", write.sent.told) if wrong else None


def every_operation_has_a_path(journey: Journey) -> Judged:
    for write, operation, _, path in _operations(journey):
        yield write.sent, None if path else Complaint("An operation has no path.", "a path", _short(operation))


def one_operation_per_path(journey: Journey) -> Judged:
    for write, sent in _patches(journey):
        paths = [str(one.get("path", "")).lower() for one in write.operations if one.get("path")]
        twice = [path for path in paths if paths.count(path) > 1]
        yield sent, Complaint("Two operations have the same path.", "one operation", twice[0]) if twice else None


def lists_take_arrays(journey: Journey) -> Judged:
    for write, operation, op, path in _operations(journey):
        known = journey.definitions(write.endpoint)
        if op in ("add", "replace") and isinstance(path, str) and known and "[" not in path:
            found = place(path, known)
            if found and found.get("multiValued") and "." not in path:
                fits = isinstance(operation.get("value"), list)
                told = Complaint("The value for a multi-valued path is not an array.", "an array", path)
                yield write.sent, None if fits else told


def filtered_paths_end_in_sub_attributes(journey: Journey) -> Judged:
    for write, _, op, path in _operations(journey):
        parsed = parsed_path(path) if isinstance(path, str) and "[" in path else None
        if parsed and op != "remove":
            told = Complaint("A filtered path ends at the element.", f"{path}.value", path)
            yield write.sent, None if parsed.sub else told


def _short(value: Any) -> str:
    return "nothing" if value is None else json_of(value, 120)
