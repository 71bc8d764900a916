"""Invalid values that clients send by mistake, and whether a target that accepted one can still be read."""

from __future__ import annotations

from typing import Any

from conformance.check_api.session import Session
from conformance.model.definitions import Definition, named, parts_of, type_of
from conformance.requirements.json_values import type_name
from conformance.requirements.verdict import Finding
from conformance.target.client import Answer
from conformance.target.discovery import Attribute
from conformance.values.any_filter import literal

Json = dict[str, Any]
NAMING = {"User": "userName", "Group": "displayName"}
SIGNS = """it's {odd} "quoted" 50%_ a\\b/c?d#e&f+g <h> 名 😀"""
# Values by type that are invalid, or that few servers expect.
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
    """Values that clients send by mistake: wrong types, and elements that are empty or have no value.

    `name` begins a string of special characters, because that string may become the name of a resource.
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
    """After an accepted write, a GET and a lookup must return 200 with a well-formed resource."""
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
    """A list without parameters must return 200, whatever was written before."""
    _must_be_200(scim.get(endpoint), "the list of all resources", told)


def _must_be_200(answer: Answer, what: str, told: str) -> None:
    if answer.status != 200 or not isinstance(answer.json, dict):
        raise Finding(
            f"the server accepts a write and then cannot return {what}", "200", f"{answer.status} ({told})", level="lie"
        )


def _must_be_well_formed(attribute: Attribute, resource: Any, told: str) -> None:
    """The resource must have id and schemas, and the attribute must have the JSON type that its schema declares."""
    if not isinstance(resource, dict) or not isinstance(resource.get("id"), str) or not resource.get("schemas"):
        raise Finding(
            "the server accepts a write and then returns a malformed resource", "id and schemas", told, level="lie"
        )
    held = attribute.value_in(resource)
    if held is None:
        return
    if attribute.multi_valued is not isinstance(held, list):
        raise Finding(
            "the server stores a value of the wrong JSON type",
            "a list" if attribute.multi_valued else "one value",
            told,
        )
    kind = KINDS.get(attribute.type, str)
    for one in held if isinstance(held, list) else [held]:
        if not isinstance(one, kind) or (isinstance(one, bool) and kind is not bool):
            raise Finding(
                "the server stores a value of the wrong JSON type", attribute.type, f"{type_name(one)} ({told})"
            )
