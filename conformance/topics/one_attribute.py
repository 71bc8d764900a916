"""One attribute of a resource type: valid values for it, resources that have it, and what a read shows of it.

Checks that run for each attribute of the target's schemas use it. They know nothing of an attribute but its declaration.
"""

from __future__ import annotations

from typing import Any

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.model.definitions import (
    Definition,
    Definitions,
    named,
    parts_of,
    points_at_a_resource,
    type_of,
)
from conformance.model.filter_model import held_by
from conformance.model.likeness import COMPUTED, alike, comparable
from conformance.requirements.json_values import json_of
from conformance.requirements.verdict import Finding, NotOffered, Undecided, Verdict
from conformance.target.discovery import Attribute
from conformance.target.fields import Fields
from conformance.topics.new_references import is_id, new_reference, referenced_type
from conformance.values.any_resource import ALWAYS, required_parts
from conformance.values.any_value import another_value, any_value

Json = dict[str, Any]
COMMON = ("schemas", "id", "externalId", "meta")  # some schemas list them; other checks judge them
HIDDEN = ("never", "request")


def is_top(attribute: Attribute) -> bool:
    """Whether the attribute is at the top level and is not a common attribute."""
    return attribute.parent is None and attribute.name not in COMMON


def is_writable(attribute: Attribute) -> bool:
    """Whether a client can write and later change this top-level attribute."""
    return is_top(attribute) and attribute.mutability == "readWrite"


def is_shown(attribute: Attribute) -> bool:
    """Whether a client can set this top-level attribute and responses contain it by default."""
    return is_top(attribute) and attribute.mutability in ("readWrite", "immutable") and attribute.returned not in HIDDEN


def can_change(attribute: Attribute) -> bool:
    """Whether responses contain this top-level attribute by default and a client can change it at any time."""
    return is_writable(attribute) and attribute.returned not in HIDDEN


def is_part(attribute: Attribute) -> bool:
    """Whether it is a visible, changeable sub-attribute of a single complex value; of a reference, only its value."""
    if attribute.parent is None or attribute.parent.get("multiValued") or attribute.parent["name"] in COMMON:
        return False
    fits = attribute.name == "value" or not points_at_a_resource(attribute.parent)
    return (
        fits
        and attribute.name.lower() not in COMPUTED
        and attribute.mutability == "readWrite"
        and attribute.returned not in HIDDEN
    )


def around(attribute: Attribute) -> Attribute:
    """The complex attribute that a sub-attribute is part of."""
    return Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent or {})


def is_plain_text(attribute: Attribute) -> bool:
    """Whether it is a single-valued string of the core schema that accepts any value."""
    is_free = not attribute.multi_valued and not attribute.definition.get("canonicalValues")
    return attribute.is_core and is_free and type_of(attribute.definition) == "string"


def text_of(scim: Session, type_name: str | None) -> Attribute:
    """A string attribute of the resource type that can be changed; displayName if the type has it."""
    texts = [one for one in scim.target.attributes(str(type_name)) if can_change(one) and is_plain_text(one)]
    if not texts:
        raise NotOffered(f"a string attribute of {type_name} that can be changed")
    return next((one for one in texts if one.name == "displayName"), texts[0])


def external_id(scim: Session, type_name: str | None) -> Attribute:
    """externalId, which every resource can have although few published schemas list it (RFC 7643 3.1)."""
    if type_name is None:
        raise NotOffered("a resource type")
    rtype: Json = next((one for one in scim.target.resource_types if one.get("name") == type_name), {})
    schema = str(rtype.get("schema") or f"urn:ietf:params:scim:schemas:core:2.0:{type_name}")
    return Attribute(type_name, schema, True, {"name": "externalId", "type": "string", "caseExact": True})


def is_required(attribute: Attribute) -> bool:
    """Whether it is required by its declaration, or by RFC 7643 4.1.1 and 4.2 regardless of its declaration."""
    return attribute.required or (attribute.parent is None and ALWAYS.get(attribute.schema) == attribute.name)


def if_shared(attribute: Attribute) -> Verdict | None:
    """The verdict if two resources share a unique value: userName MUST be unique (RFC 7643 4.1.1), others SHOULD (7)."""
    return None if attribute.name == "userName" else Verdict.WARN


def needed(attribute: Attribute | None) -> Attribute:
    """The attribute; raises NotOffered for None, the case of a target that publishes no such attribute."""
    if attribute is None:
        raise NotOffered("an attribute of this kind in /Schemas")
    return attribute


def those(scim: Session, type_name: str | None, **characteristics: str) -> list[Attribute]:
    """The attributes with these characteristics, except those within lists; raises NotOffered if there are none."""
    told = " ".join(characteristics.values())
    if type_name is None:
        raise NotOffered(f"an attribute that is {told}")
    found = [
        attribute
        for attribute in scim.target.attributes(type_name)
        if all(getattr(attribute, name) == value for name, value in characteristics.items())
        and not (attribute.parent or {}).get("multiValued")
        and (attribute.parent or attribute.definition)["name"] not in COMMON
    ]
    if not found:
        raise NotOffered(f"{type_name}: an attribute that is {told}")
    return found


def immutable(scim: Session, type_name: str | None) -> list[Attribute]:
    """The immutable attributes, except sub-attributes of references, which follow `value`; NotOffered if none."""
    every = those(scim, type_name, mutability="immutable")
    found = [one for one in every if not (one.parent and points_at_a_resource(one.parent))]
    if not found:
        raise NotOffered(f"{type_name}: an attribute that is immutable")
    return found


def fitting(scim: Session, attribute: Attribute) -> Any:
    """A valid value; a reference points to a new resource."""
    if points_at_a_resource(attribute.definition):
        return new_reference(scim, attribute)
    if is_id(attribute):
        return scim.new(referenced_type(scim, around(attribute).definition))["id"]
    within = str(attribute.parent["name"]) if attribute.parent else ""
    value = any_value(attribute.definition, scim.random, mark=scim.name(), within=within)
    if value in ([], {}):
        raise NotOffered(f"a sub-attribute of {attribute} that a client may set")
    return value


def different(scim: Session, attribute: Attribute, value: Any) -> Any:
    """A valid value other than `value`; raises NotOffered if there is no other."""
    if points_at_a_resource(attribute.definition) or is_id(attribute):
        return fitting(scim, attribute)
    within = str(attribute.parent["name"]) if attribute.parent else ""
    try:
        other = another_value(attribute.definition, value, scim.random, mark=scim.name(), within=within)
    except ValueError:
        raise NotOffered(f"a second value for {attribute}") from None
    if isinstance(value, dict) and isinstance(other, dict):
        other.update({name: value[name] for name in fixed_parts(attribute) if name in value})
    return other


def fixed_parts(attribute: Attribute) -> list[str]:
    """The immutable sub-attributes of a single complex value; none for a list, whose elements are replaced as a whole."""
    parts = [] if attribute.multi_valued else parts_of(attribute.definition)
    return [str(part["name"]) for part in parts if part.get("mutability") == "immutable"]


def body_with(scim: Session, attribute: Attribute, value: Any) -> Json:
    """A small valid body with this value. A sub-attribute comes with only the required siblings."""
    body = _small_body(scim, attribute)
    if attribute.parent and not held_by(_home(body, attribute), attribute.parent["name"]):
        around = required_parts(attribute.parent, scim.random, scim.name())
        whole = Attribute(attribute.resource_type, attribute.schema, attribute.is_core, attribute.parent)
        body = with_value(body, whole, around) if around else body
    return with_value(body, attribute, value)


def _small_body(scim: Session, attribute: Attribute) -> Json:
    """A small valid body, with the attributes that the attribute's extension requires."""
    return scim.body(attribute.resource_type, extensions=() if attribute.is_core else (attribute.schema,))


def body_without(scim: Session, attribute: Attribute) -> Json:
    """A small valid body without the attribute. Its extension stays if it has other values or the attribute is required."""
    body = _small_body(scim, attribute)
    home = body if attribute.is_core else body.get(attribute.schema, {})
    if attribute.parent:
        whole = held_by(home, attribute.parent["name"])
        if isinstance(whole, dict):
            home[attribute.parent["name"]] = {name: part for name, part in whole.items() if name != attribute.name}
        return body
    if home.pop(attribute.name, None) is not None and not home and not is_required(attribute):
        del body[attribute.schema]
        body["schemas"] = [urn for urn in body["schemas"] if urn != attribute.schema]
    return body


def with_value(body: Json, attribute: Attribute, value: Any) -> Json:
    """A copy of the body with the value, and with the URN of the attribute's extension in schemas."""
    if attribute.parent:
        held = held_by(_home(body, attribute), attribute.parent["name"])
        value = {**(held if isinstance(held, dict) else {}), attribute.name: value}
    name = str((attribute.parent or attribute.definition)["name"])
    if attribute.is_core:
        return {**body, name: value}
    urns = [*body["schemas"], *([] if attribute.schema in body["schemas"] else [attribute.schema])]
    return {**body, "schemas": urns, attribute.schema: {**body.get(attribute.schema, {}), name: value}}


def made(scim: Session, type_name: str, body: Json) -> Json:
    """A new resource as the response to POST shows it.

    Raises NotOffered if the server rejects a value that its schema allows; only the check of POST reports that.
    """
    answer = scim.post(scim.target.need_type(type_name), body)
    if answer.status == 400:
        raise NotOffered(f"a {type_name} with {', '.join(sorted(set(body) - {'schemas'}))}"[:200])
    if answer.status != 201 or not isinstance(answer.json, dict) or "id" not in answer.json:
        raise Undecided(f"setup: POST returned {answer.status} ({answer['detail']})"[:200])
    return Fields(answer.json)


def shown(scim: Session, attribute: Attribute, resource: Json) -> Any:
    """The attribute's value in a GET, which asks for it if it is returned only on request."""
    if attribute.returned == "request":
        answer = expect.status(scim.get(scim.path_of(resource), attributes=attribute.path), 200)
        return value_of(attribute, answer.json)
    return value_of(attribute, scim.read(resource))


def value_of(attribute: Attribute, resource: Any) -> Any:
    """The value in a representation, whatever the case of the attribute name."""
    held = _home(resource, attribute)
    if attribute.parent:
        held = held_by(held, attribute.parent["name"])
    return held_by(held, attribute.name)


def holds(attribute: Attribute, sent: Any, got: Any, after: str) -> None:
    """The value must be the one sent, regardless of list order, the notation of dates, and computed sub-attributes."""
    if is_same(attribute, sent, got):
        return
    narrow = _narrowed(attribute)
    wanted = comparable({attribute.name: sent}, narrow) or {"": sent}
    raise Finding(
        f"{attribute.path} does not have the sent value after {after}",
        json_of(next(iter(wanted.values())))[:200],
        json_of(got)[:200],
    )


def is_same(attribute: Attribute, sent: Any, got: Any) -> bool:
    """Whether two values are equal; case counts only if the attribute is caseExact (RFC 7643 section 7)."""
    left, right = (_folded(attribute.definition, value) for value in (sent, got))
    return alike({attribute.name: left}, {attribute.name: right}, _narrowed(attribute))


def is_empty(value: Any) -> bool:
    return value in (None, "", [], {}) or (isinstance(value, dict) and all(is_empty(part) for part in value.values()))


def part_with(attribute: Attribute, name: str) -> Definition | None:
    """The definition of a sub-attribute, if a client may set it."""
    part = named(parts_of(attribute.definition), name)
    return part if part and part.get("mutability") != "readOnly" else None


def _folded(definition: Definition, value: Any) -> Any:
    if isinstance(value, list):
        return [_folded(definition, one) for one in value]
    if isinstance(value, dict):
        return {
            name: _folded(part, one) if (part := named(parts_of(definition), name)) else one
            for name, one in value.items()
        }
    caseless = type_of(definition) == "string" and definition.get("caseExact") is not True
    return value.lower() if caseless and isinstance(value, str) else value


def _home(resource: Any, attribute: Attribute) -> Any:
    return resource if attribute.is_core else held_by(resource, attribute.schema)


def _narrowed(attribute: Attribute) -> Definitions:
    """Definitions of this attribute alone, as one that responses contain by default."""
    definition = {**attribute.definition, "returned": "default", "mutability": "readWrite"}
    return Definitions(attribute.resource_type, attribute.schema, {attribute.schema: [definition]})
