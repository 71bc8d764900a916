"""Scoping filters: clauses are joined by AND, groups of clauses by OR (SCOPE; docs/notes/entra.md 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.mapping.expressions.evaluation import ExpressionError, text_of
from simulator.mapping.expressions.texts import matches

UNFIT = frozenset(
    {"members", "manager", "appRoleAssignments", "userType"}
)  # attributes that SCOPE excludes from filters


class FilterError(Exception):
    """A clause is not valid. The message names the clause and what was expected."""


def _number(text: str) -> int | None:
    return int(text) if text.lstrip("-").isdigit() else None


def _ordered(compare: Callable[[int, int], bool]) -> Callable[[str, str], bool]:
    def test(held: str, wanted: str) -> bool:
        left, right = _number(held), _number(wanted)
        return left is not None and right is not None and compare(left, right)

    return test


# name in the portal → (takes a value, comparison of the attribute with it); without a value, only IS NULL is true
OPERATORS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "&": (True, lambda held, wanted: held in wanted),
    "!&": (True, lambda held, wanted: held not in wanted),
    "ENDS_WITH": (True, lambda held, wanted: held.endswith(wanted)),
    "EQUALS": (True, lambda held, wanted: held == wanted),
    "NOT EQUALS": (True, lambda held, wanted: held != wanted),
    "GREATER_THAN": (True, _ordered(lambda left, right: left > right)),
    "GREATER_THAN_OR_EQUALS": (True, _ordered(lambda left, right: left >= right)),
    "INCLUDES": (True, lambda held, wanted: wanted in held),
    "IS TRUE": (False, lambda held, wanted: held.lower() == "true"),
    "IS FALSE": (False, lambda held, wanted: held.lower() == "false"),
    "IS NULL": (False, lambda held, wanted: held == ""),
    "IS NOT NULL": (False, lambda held, wanted: held != ""),
    "REGEX MATCH": (True, lambda held, wanted: matches(wanted, held, whole=False)),
    "NOT REGEX MATCH": (True, lambda held, wanted: not matches(wanted, held, whole=False)),
}


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition on a source attribute. With several values, any of them may match."""

    attribute: str
    operator: str
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise FilterError(
                f'"{self.operator}" is not an operator of scoping filters; expected one of {", ".join(OPERATORS)}'
            )
        if self.attribute in UNFIT:
            raise FilterError(f"{self.attribute} cannot be used in a scoping filter")
        if OPERATORS[self.operator][0] and not self.values:
            raise FilterError(f"{self.attribute} {self.operator}: expected a value")
        if "REGEX" in self.operator:
            try:
                matches(self.values[0], "", whole=False)
            except ExpressionError as error:
                raise FilterError(f"{self.attribute} {self.operator}: {error}") from None

    def holds(self, source: Mapping[str, Any], *, whole_regex: bool = False) -> bool:
        """Whether the object passes. A null or empty value passes only IS NULL."""
        held = text_of(source.get(self.attribute))
        if held == "" and self.operator != "IS NULL":
            return False
        if whole_regex and "REGEX" in self.operator:
            return matches(self.values[0], held, whole=True) is (self.operator == "REGEX MATCH")
        test = OPERATORS[self.operator][1]
        if self.operator.startswith(("NOT", "!")):
            return all(test(held, value) for value in self.values)
        return any(test(held, value) for value in self.values or ("",))

    def __str__(self) -> str:
        return " ".join([self.attribute, self.operator, *(f"'{value}'" for value in self.values)])


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Clauses that must all match, with the administrator's title."""

    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ScopingFilter:
    """Groups of clauses, one of which must match. Without groups, every object passes."""

    groups: tuple[FilterGroup, ...] = ()

    def holds(self, source: Mapping[str, Any], *, whole_regex: bool = False) -> bool:
        """Whether an object passes the filter."""
        return not self.groups or any(
            all(clause.holds(source, whole_regex=whole_regex) for clause in group.clauses) for group in self.groups
        )

    def evaluated(self, source: Mapping[str, Any], *, whole_regex: bool = False) -> dict[str, bool]:
        """Map each clause, worded as in the provisioning log (`{title} {attribute} {operator} {value}`), to its result."""
        return {
            f"{group.title}.{clause}": clause.holds(source, whole_regex=whole_regex)
            for group in self.groups
            for clause in group.clauses
        }
