"""References to new resources, for attributes that refer to others, such as manager and members."""

from __future__ import annotations

from typing import Any

from conformance.check_api.session import Session
from conformance.model.definitions import Definition, parts_of, points_at_a_resource
from conformance.target.discovery import Attribute
from conformance.values.any_resource import reference_to


def is_id(attribute: Attribute) -> bool:
    """Whether it is the `value` of a reference, which is the id of the referenced resource."""
    return attribute.name == "value" and attribute.parent is not None and points_at_a_resource(attribute.parent)


def new_reference(scim: Session, attribute: Attribute) -> Any:
    """A reference, in the attribute's form, to a new resource of a type that the attribute may refer to."""
    return reference_to(attribute.definition, scim.new(referenced_type(scim, attribute.definition)))


def referenced_type(scim: Session, definition: Definition) -> str:
    """The first resource type of the target that the attribute may refer to; User if it names none."""
    for holder in [definition, *parts_of(definition)]:
        for name in holder.get("referenceTypes") or ():
            if name in scim.target.type_names():
                return str(name)
    return "User"
