"""Attribute mappings: source attributes → target paths, and values that the target lacks (docs/notes/entra.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from simulator.mapping.expressions.evaluation import IGNORED, Dice, Evaluation, ExpressionError
from simulator.mapping.expressions.parser import Expression
from simulator.mapping.expressions.roles import RoleName, is_held_as_json
from simulator.mapping.scoping_filter import ScopingFilter
from simulator.mapping.target_path import parse_path, value_at
from simulator.mapping.values import is_same, value_key


class FlowType(StrEnum):
    """When a row applies: always, only at creation, or only to add values to a multi-valued attribute."""

    ALWAYS = "Always"
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"


class FlowBehavior(StrEnum):
    """Whether a value is sent that the target already has."""

    FLOW_WHEN_CHANGED = "FlowWhenChanged"
    FLOW_ALWAYS = "FlowAlways"


class AttributeChange(NamedTuple):
    """One attribute to set: its target path, its value, and whether the target already has a value.

    `how` is "set", "add_values" for a multi-valued attribute whose values are only added, or "assert_roles",
    "add_roles", or "single_role" for roles. `string` is the mapping's spelling of a boolean.
    """

    path: str
    value: Any
    exists: bool
    how: str = "set"
    string: str | None = None


class ProjectedValues(dict[str, Any]):
    """Maps target paths to values. `strings` contains the mapping's own spelling of booleans."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """One row of a mapping: the target path and the expression.

    A row without an expression only applies its default.
    """

    target: str
    expression: Expression | None
    matching_priority: int = 0  # precedence as a matching attribute; 0 means that it is not one
    default: str | None = None  # only at creation, if the value is null
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.FLOW_WHEN_CHANGED
    value_type: str = "String"  # String, Boolean, Integer, DateTime, Reference, Binary
    case_exact: bool = False
    multivalued: bool = False
    required: bool = False  # whether the target requires the attribute for a new resource

    @property
    def is_reference(self) -> bool:
        """Whether the row is a manager or members, which are written after the objects (docs/notes/entra.md 2.7)."""
        return self.value_type == "Reference"

    @property
    def role_style(self) -> str:
        """How changes of this attribute are written; roles have special forms (CUST, "Provisioning a role")."""
        names = self.expression.functions if self.expression else frozenset()
        if "AssertiveAppRoleAssignmentsComplex" in names:
            return "assert_roles"
        if "SingleAppRoleAssignment" in names and parse_path(self.target).name == "roles":
            return "single_role"
        return "add_roles" if "AppRoleAssignmentsComplex" in names else "set"


@dataclass(frozen=True, slots=True)
class ObjectMapping:
    """The rows of one object type in the administrator's order, its scoping filters, and its allowed target actions."""

    rows: tuple[AttributeMapping, ...]
    name: str = ""
    enabled: bool = True
    may_create: bool = True
    may_update: bool = True
    may_delete: bool = True
    scope: ScopingFilter = field(default_factory=ScopingFilter)
    matching: tuple[AttributeMapping, ...] = field(init=False)  # the matching attributes by precedence
    values: tuple[AttributeMapping, ...] = field(init=False)  # the rows that are not references
    redacted: frozenset[str] = field(init=False)  # targets whose values the provisioning log must not show

    def __post_init__(self) -> None:
        matching = sorted((row for row in self.rows if row.matching_priority), key=lambda row: row.matching_priority)
        object.__setattr__(self, "matching", tuple(matching))
        object.__setattr__(self, "values", tuple(row for row in self.rows if not row.is_reference))
        redacted = frozenset(row.target for row in self.rows if row.expression and row.expression.is_redacted)
        object.__setattr__(self, "redacted", redacted)

    @property
    def deactivates(self) -> bool:
        """Whether a row tells the target that a user left the scope. Without one, nothing is sent (docs/notes/entra.md 4.3)."""
        read = frozenset[str]().union(*(row.expression.attributes for row in self.rows if row.expression))
        return bool(read & {"IsSoftDeleted", "accountEnabled"})

    def missing(self, values: Mapping[str, Any]) -> list[str]:
        """The required target attributes for which a new resource has no value."""
        return [row.target for row in self.rows if row.required and row.target not in values]

    def maps_reference(self, target: str) -> bool:
        """Whether a row maps a reference, given by the last part of its path."""
        return any(row.is_reference and parse_path(row.target).name == target for row in self.rows)

    def projected(self, source: Mapping[str, Any], *, at_creation: bool = False, **evaluation: Any) -> ProjectedValues:
        """Map target paths to values.

        Omits null, because Entra never clears a value in the target (KNOWN), and references. `evaluation`
        contains further fields of Evaluation. Raises ExpressionError, which names the target attribute.
        """
        values = ProjectedValues()
        context = Evaluation(source, **evaluation)
        for row in self.values:
            if row.flow_type is FlowType.OBJECT_ADD_ONLY and not at_creation:
                continue
            value, expression = None, row.expression
            if expression is not None:
                try:
                    value = expression.evaluate(context)
                except ExpressionError as error:
                    raise ExpressionError(f"{row.target}: {error}") from None
                if value == "" and not expression.functions:
                    value = None  # a source attribute without a value; Microsoft Graph has no empty strings
            if value is None and at_creation and row.default not in (None, ""):
                value = row.default
            if value is None and context.switch_forgets and _forgot(row, context):
                value = ""
            if value is not None and value is not IGNORED and not (value == "" and at_creation):
                values[row.target] = typed = _typed(row, value)
                if isinstance(typed, bool) and isinstance(value, str):
                    values.strings[row.target] = value
        return values

    def differences(
        self, wanted: Mapping[str, Any], resource: Mapping[str, Any], *, only_adds: bool = False
    ) -> list[AttributeChange]:
        """The changes that give a resource the wanted values, in the order of the rows.

        With `only_adds`, missing values of a multi-valued attribute are added, and surplus values are kept.
        """
        changes = []
        strings = wanted.strings if isinstance(wanted, ProjectedValues) else {}
        for row in self.rows:
            is_filler = row.expression is None and bool(row.default)
            if row.target not in wanted and not is_filler:
                continue
            value, held = wanted.get(row.target), value_at(resource, row.target)
            if is_filler:  # mapping type None: only fills an empty target attribute (CUST)
                if held in (None, "", []):
                    changes.append(AttributeChange(row.target, _typed(row, row.default), False))
            elif row.multivalued or isinstance(value, list):
                style = _style(row, only_adds)
                value = _new_values(style, value, held)
                if value is not None:
                    changes.append(AttributeChange(row.target, value, bool(held) and style != "add_values", style))
            elif isinstance(value, RoleName) and is_held_as_json(resource.get("roles"), value):
                continue
            elif row.flow_behavior is FlowBehavior.FLOW_ALWAYS or not is_same(value, held, case_exact=row.case_exact):
                exists = held not in (None, "")
                changes.append(AttributeChange(row.target, value, exists, row.role_style, strings.get(row.target)))
        return changes

    def shown(self, target: str, value: Any) -> Any:
        """A value as the provisioning log shows it, redacted if the mapping requires it."""
        return "[Redact]" if target in self.redacted else value


def dice_for(seed: int, object_id: str, cycle: int) -> Dice:
    """A random generator for one evaluation.

    It is the same in every run with the same seed, regardless of other evaluations.
    """
    return Dice(f"{seed}/{object_id}/{cycle}")


def _typed(row: AttributeMapping, value: Any) -> Any:
    if row.value_type == "String" and type(value) is str and not row.multivalued:
        return value
    if row.value_type == "Boolean" and isinstance(value, str):
        return value.lower() == "true"
    if row.value_type == "Integer" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if row.multivalued and not isinstance(value, list):
        return [value]
    return value if isinstance(value, bool | list | dict | RoleName) or row.value_type == "Integer" else str(value)


def _forgot(row: AttributeMapping, context: Evaluation) -> bool:
    expression = row.expression
    return (
        expression is not None
        and "Switch" in expression.functions
        and context.changed is not None
        and not expression.attributes & context.changed
    )


def _style(row: AttributeMapping, only_adds: bool) -> str:
    """How the values of a multi-valued attribute are written; see AttributeChange."""
    if row.role_style in ("add_roles", "assert_roles"):
        return row.role_style
    return "add_values" if only_adds or row.flow_type is FlowType.MULTI_VALUE_ADD_ONLY else "set"


def _new_values(style: str, wanted: Any, held: Any) -> list[Any] | None:
    """The values of a multi-valued attribute to send; None if there is nothing to send."""
    wanted = wanted if isinstance(wanted, list) else [wanted]
    have = {value_key(item) for item in held} if isinstance(held, list) else set()
    keys = {value_key(item) for item in wanted}
    if style in ("assert_roles", "set"):
        return wanted if keys != have else None
    return [item for item in wanted if value_key(item) not in have] or None
