"""RFC 7643 section 7: every attribute of the target's schemas in filters, sorting, and projections."""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.cases import for_each_attribute
from conformance.check_api.session import Session
from conformance.model.definitions import definitions_of, parts_of, points_at_a_resource, type_of
from conformance.model.filter_text import Compare, parse_filter
from conformance.model.sort_model import in_order
from conformance.requirements.catalogue import requirement
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.topics.attribute_filters import all_chosen_rightly, comparisons, judged, paths_of, scope_of
from conformance.topics.one_attribute import (
    body_with,
    body_without,
    different,
    fitting,
    is_empty,
    is_required,
    is_same,
    is_shown,
    made,
    needed,
    value_of,
)

Json = dict[str, Any]
KEPT = {"schemas", "id", "meta"}  # allowed in addition to the requested attributes


@requirement(
    "RFC7643-7-17",
    *(f"RFC7644-3.4.2.2-{number:02}" for number in range(9, 20)),
    "RFC7644-3.4.2.2-39",
    level="lie",
    consequence="A provider that looks up a user by this attribute finds the wrong user, or creates a second account.",
    fix="Compare values by the declared type and caseExact; an attribute without a value matches no comparison.",
)
@for_each_attribute(is_shown)
def test_each_attribute_is_filtered_by_every_operator(scim: Session, attribute: Attribute) -> None:
    """A filter with any operator that applies to the attribute's type must return exactly the matching resources."""
    attribute = needed(attribute)
    scim.target.need("filter")
    one, other = _pair(scim, attribute, with_both=is_required(attribute))
    definitions = definitions_of(scim.target, attribute.resource_type)
    scope = scope_of(attribute.resource_type, [one, other])
    endpoint = scim.target.need_type(attribute.resource_type)
    whole = [f"{attribute.path} pr"] if type_of(attribute.definition) == "complex" else []
    for path, definition, value in [*paths_of(attribute, one)]:
        if not is_empty(value):
            terms = judged([*whole, *comparisons(path, definition, value)], [one, other], definitions)
            all_chosen_rightly(scim, endpoint, terms, [one, other], scope)


@requirement("RFC7644-3.4.2.3-03", "RFC7644-3.4.2.3-05", "RFC7644-3.4.2.3-07", level="cosmetic")
@for_each_attribute(is_shown)
def test_each_attribute_is_sorted_by(scim: Session, attribute: Attribute) -> None:
    """sortBy must sort by the attribute's type, ascending and descending."""
    attribute = needed(attribute)
    scim.target.need("sort")
    if points_at_a_resource(attribute.definition):  # the server assigns ids, so the check cannot choose their order
        raise NotOffered(f"{attribute}: values whose order a client can choose")
    pair = [*_pair(scim, attribute, with_both=True)]
    definitions = definitions_of(scim.target, attribute.resource_type)
    endpoint, scope = scim.target.need_type(attribute.resource_type), scope_of(attribute.resource_type, pair)
    expect.evaluated(scim.search(scope, endpoint), "a filter with or")
    for path, definition, value in paths_of(attribute, pair[0]):
        tree = parse_filter(f'{path} eq "x"')
        assert isinstance(tree, Compare)
        if is_empty(value) or type_of(definition) == "binary":  # RFC 7644 defines no order for binary values
            continue
        if in_order(pair, tree.path, definitions) is None:
            continue
        for order in ("ascending", "descending"):
            listed = expect.listing(scim.search(scope, endpoint, sortBy=path, sortOrder=order))
            right = in_order(listed, tree.path, definitions, descending=order == "descending")
            if len(listed) != len(pair) or right is False:
                values = [value_of(attribute, item) for item in listed]
                raise Finding(
                    f"the list with sortBy={path} and sortOrder={order} is not sorted",
                    f"two values, {order}",
                    json_of(values)[:200],
                )


@requirement(
    "RFC7643-7-29",
    "RFC7644-3.9-04",
    "RFC7644-3.9-06",
    "RFC7644-3.4.2.5-01",
    "RFC7644-3.4.2.5-03",
    "RFC7644-3.4.2.5-05",
    consequence="A client that requests one attribute gets all attributes of all users, or not the one it requested.",
)
@for_each_attribute(lambda attribute: is_shown(attribute) and attribute.returned == "default")
def test_each_attribute_is_projected(scim: Session, attribute: Attribute) -> None:
    """`attributes` must return only the attribute, and `excludedAttributes` must return everything else."""
    attribute = needed(attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, fitting(scim, attribute)))
    plain = scim.read(resource)
    value = value_of(attribute, plain)
    if is_empty(value):
        raise NotOffered(f"{attribute}: a value to request")
    path = scim.path_of(resource)
    asked = expect.status(scim.get(path, attributes=attribute.path), 200).json
    if not is_same(attribute, value, value_of(attribute, asked)):
        raise Finding(
            f"attributes={attribute.path} does not return the attribute", json_of(value)[:160], json_of(asked)[:200]
        )
    _nothing_else(scim, attribute, asked)
    left = expect.status(scim.get(path, excludedAttributes=attribute.path), 200).json
    if not is_empty(value_of(attribute, left)):
        raise Finding(f"excludedAttributes={attribute.path} returns the attribute", "no value", json_of(left)[:200])
    assigned = [name for name, value in plain.items() if not is_empty(value)]  # null means unassigned (RFC 7643 2.5)
    gone = [name for name in assigned if name not in left and name not in (attribute.name, attribute.schema, "meta")]
    expect.equal(gone, [], "missing attributes besides the excluded one")


@requirement("RFC7644-3.4.2.5-04", "RFC7644-3.9-05", level="cosmetic")
@for_each_attribute(lambda attribute: is_shown(attribute) and type_of(attribute.definition) == "complex")
def test_part_of_each_attribute_is_projected(scim: Session, attribute: Attribute) -> None:
    """`attributes` with a sub-attribute must return it, and `excludedAttributes` must return only the others."""
    attribute = needed(attribute)
    resource = made(scim, attribute.resource_type, body_with(scim, attribute, fitting(scim, attribute)))
    declared = {str(part["name"]) for part in parts_of(attribute.definition)}
    seen = _names(value_of(attribute, scim.read(resource))) & declared
    parts = [part for part in parts_of(attribute.definition) if part["name"] in seen and "$" not in part["name"]]
    always = attribute.returned == "always"  # the whole attribute is always shown, so no part can be excluded
    if not parts or always or any(part.get("returned", "default") != "default" for part in parts):
        raise NotOffered(f"{attribute}: a sub-attribute to request")
    name, path = str(parts[0]["name"]), f"{attribute.path}.{parts[0]['name']}"
    asked = expect.status(scim.get(scim.path_of(resource), attributes=path), 200).json
    expect.present(name in _names(value_of(attribute, asked)), f"{path} with attributes={path}")
    if more := _names(value_of(attribute, asked)) - {name}:
        scim.warn(f"attributes={path} returns other sub-attributes as well", name, " ".join(sorted(more)))
    left = expect.status(scim.get(scim.path_of(resource), excludedAttributes=path), 200).json
    expect.equal(
        _names(value_of(attribute, left)) & seen, seen - {name}, f"sub-attributes with excludedAttributes={path}"
    )


def _pair(scim: Session, attribute: Attribute, *, with_both: bool) -> tuple[Json, Json]:
    """Two new resources as a GET shows them; the second has another value, or none."""
    value = fitting(scim, attribute)
    bodies = [body_with(scim, attribute, value), body_without(scim, attribute)]
    if with_both:
        bodies[1] = body_with(scim, attribute, different(scim, attribute, value))
    one, other = (scim.read(made(scim, attribute.resource_type, body)) for body in bodies)
    return one, other


def _nothing_else(scim: Session, attribute: Attribute, asked: Json) -> None:
    """The response must contain only the attribute and what is always returned; meta produces a note."""
    every = [one for one in scim.target.attributes(attribute.resource_type) if one.returned == "always"]
    always = {str((one.parent or one.definition)["name"]) if one.is_core else one.schema for one in every}
    own = attribute.name if attribute.is_core else attribute.schema
    if more := sorted(set(asked) - KEPT - always - {own}):
        raise Finding(f"attributes={attribute.path} returns more than the attribute", f"id, {own}", " ".join(more))
    if "meta" in asked:
        scim.note(f"attributes={attribute.path} also returns meta")


def _names(value: Any) -> set[str]:
    """The names of the sub-attributes in a complex value or in any element of a list."""
    elements = value if isinstance(value, list) else [value]
    return {name for element in elements if isinstance(element, dict) for name in element}
