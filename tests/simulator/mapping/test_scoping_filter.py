"""Scoping filters: every operator, clauses joined by AND, groups by OR (SCOPE; docs/notes/entra.md 4.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.entra.default_mapping import default_mapping
from simulator.mapping.scoping_filter import Clause, FilterGroup, ScopingFilter
from simulator.mapping.synchronization_schema import SynchronizationSchema
from tests.fake_target import FakeTarget
from tests.simulator.engine import Engine


def with_filter(scope: ScopingFilter) -> SynchronizationSchema:
    return SynchronizationSchema(replace(default_mapping("user"), scope=scope), default_mapping("group"))


@pytest.mark.parametrize(
    ("operator", "values", "held", "passes"),
    [
        ("EQUALS", ("Sales",), "Sales", True),
        ("EQUALS", ("sales",), "Sales", False),  # SCOPE: case-sensitive
        ("EQUALS", ("Sales",), None, False),  # null: false, whatever the operator
        ("NOT EQUALS", ("Sales",), "Legal", True),
        ("NOT EQUALS", ("Sales",), None, False),
        ("IS TRUE", (), "True", True),
        ("IS TRUE", (), "False", False),
        ("IS FALSE", (), "False", True),
        ("IS NULL", (), None, True),
        ("IS NULL", (), "x", False),
        ("IS NOT NULL", (), "x", True),
        ("IS NOT NULL", (), "", False),
        ("REGEX MATCH", ("([1-9][0-9])",), "room 42", True),  # unanchored, as .NET's IsMatch
        ("REGEX MATCH", ("^[A-M]",), "Nora", False),
        ("NOT REGEX MATCH", ("^[A-M]",), "Nora", True),
        ("NOT REGEX MATCH", ("^[A-M]",), None, False),
        ("GREATER_THAN", ("5",), "10", True),  # integers, not strings
        ("GREATER_THAN", ("5",), "5", False),
        ("GREATER_THAN", ("5",), "many", False),
        ("GREATER_THAN_OR_EQUALS", ("5",), "5", True),
        ("INCLUDES", ("ale",), "Sales", True),
        ("INCLUDES", ("ALE",), "Sales", False),
        ("ENDS_WITH", ("es",), "Sales", True),
        ("ENDS_WITH", ("Sal",), "Sales", False),
        ("&", ("Sales,Legal",), "Legal", True),  # the attribute is part of the given text
        ("&", ("Sales,Legal",), "HR", False),
        ("!&", ("Sales,Legal",), "HR", True),
    ],
)
def test_operator(operator: str, values: tuple[str, ...], held: str | None, passes: bool) -> None:
    """Every operator of SCOPE (docs/notes/entra.md 4.2)."""
    assert Clause("attribute", operator, values).holds({"attribute": held}) is passes


def test_clauses_are_joined_by_and_groups_by_or(target: FakeTarget) -> None:
    sales_in_oslo = FilterGroup("a", (Clause("department", "EQUALS", ("Sales",)), Clause("city", "EQUALS", ("Oslo",))))
    scope = ScopingFilter((sales_in_oslo, FilterGroup("b", (Clause("jobTitle", "EQUALS", ("Boss",)),))))
    engine = Engine(target, with_filter(scope))
    engine.person("Anna Smith", department="Sales", city="Oslo")
    engine.person("Bert Jones", department="Sales", city="Rome")
    engine.person("Cleo Brown", jobTitle="Boss")
    engine.cycle()
    assert [r.json["displayName"] for r in target.received if r.method == "POST"] == ["Anna Smith", "Cleo Brown"]
    refused = engine.turn(name="Bert Jones")
    assert refused.error_code == "NotInScope"
    assert refused.steps[1].details["a.city EQUALS 'Oslo'"] == "False"


@pytest.mark.parametrize(("knob", "passes"), [("unanchored", True), ("whole", False)])
def test_regex_scope_knob(target: FakeTarget, knob: str, passes: bool) -> None:
    scope = ScopingFilter((FilterGroup("a", (Clause("city", "REGEX MATCH", ("[1-9][0-9]",)),)),))
    engine = Engine(target, with_filter(scope), regex_scope=knob)
    engine.person("Anna Smith", city="Room 42")
    engine.cycle()
    assert bool(target.lines("POST")) is passes
