"""Values that clients send by mistake, for any attribute, and whether a target can still be read after it has accepted one."""

from __future__ import annotations

from typing import Any

from conformance.check_api.session import Session
from conformance.model.definitions import Definition, named, parts_of, type_of
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.values.any_filter import literal

Json = dict[str, Any]
NAMING = {"User": "userName", "Group": "displayName"}
SIGNS = """it's {odd} "quoted" 50%_ a\\b/c?d#e&f+g <h> 名 😀"""
# By type: values that do not fit, or that few servers expect.
SIMPLE: dict[str, list[Any]] = {
    "string": ["", 5, {"value": "text"}],
    "boolean": ["maybe", "", 1, [True]],
    "integer": ["five", "", 1.5, -1],
    "decimal": ["five", "", [1.5]],
    "dateTime": ["2018-11-11", "", "yesterday", 0],
    "reference": ["", "no uri at all", 5],
    "binary": ["%%%", "", 5],
    "complex": [{}, "text", ["text"], {"value": None}],
}
KINDS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "decimal": (int, float),
    "complex": dict,
}


def odd_values(definition: Definition, name: str) -> list[Any]:
    """What clients send by mistake for an attribute: wrong types, and elements that are empty or lack their value.

    `name` marks a string of signs, which may be the name of a resource.
    """
    signs = f"{name} {SIGNS}"
    single = SIMPLE.get(type_of(definition), SIMPLE["string"])
    single = [*single, signs] if type_of(definition) == "string" else single
    if not definition.get("multiValued"):
        return single
    if type_of(definition) != "complex":
        return [[None], [""], "text", {"value": "text"}, [{"value": "text"}]]
    kind = named(parts_of(definition), "type")
    without = [{kind["name"]: (kind.get("canonicalValues") or ["work"])[0]}] if kind else [{"display": "text"}]
    return [without, [{}], [None], [{"value": None}], [{"value": signs}], ["text"], {"value": "text"}]


def must_be_readable(scim: Session, attribute: Attribute, resource: Json, told: str) -> None:
    """After an accepted write, a GET and a lookup must answer 200 with a well-formed resource."""
    path = scim.path_of(resource)
    answer = scim.get(path)
    _must_be_200(answer, "the resource", told)
    _must_be_well_formed(attribute, answer.json, told)
    endpoint, naming = path.rpartition("/")[0], NAMING.get(attribute.resource_type, "id")
    name = answer[naming]
    if scim.target.offers("filter") and isinstance(name, str):
        listed = scim.search(f"{naming} eq {literal(name)}", endpoint)
        if listed.status != 400:
            _must_be_200(listed, "a list with the resource", told)
            for item in listed["Resources"] or ():
                _must_be_well_formed(attribute, item, told)


def must_be_listed(scim: Session, endpoint: str, told: str) -> None:
    """A plain list must answer 200, whatever was written before."""
    _must_be_200(scim.get(endpoint), "the list of all resources", told)


def _must_be_200(answer: Answer, what: str, told: str) -> None:
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise Finding(
            f"a write is accepted, and then {what} cannot be read", "200", f"{answer.status} ({told})", level="lie"
        )


def _must_be_well_formed(attribute: Attribute, resource: Any, told: str) -> None:
    """The resource is an object with id and schemas, and the attribute has the JSON type that its schema declares."""
    if not isinstance(resource, dict) or not isinstance(resource.get("id"), str) or not resource.get("schemas"):
        raise Finding("a write is accepted, and then the resource is malformed", "id and schemas", told, level="lie")
    held = attribute.value_in(resource)
    if held is None:
        return
    if attribute.multi_valued is not isinstance(held, list):
        raise Finding(
            "a value of the wrong JSON type is stored", "a list" if attribute.multi_valued else "one value", told
        )
    kind = KINDS.get(attribute.type, str)
    for one in held if isinstance(held, list) else [held]:
        if not isinstance(one, kind) or (isinstance(one, bool) and kind is not bool):
            raise Finding("a value of the wrong JSON type is stored", attribute.type, f"{type(one).__name__} ({told})")
