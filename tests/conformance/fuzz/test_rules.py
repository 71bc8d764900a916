"""The rules of fuzzing: each names requirements of the catalogue and says what a failure does and how it is fixed."""

from __future__ import annotations

import pytest

from conformance.fuzz.rules import RULES, Rule, ids_for
from conformance.requirements.catalogue import LEVELS, catalogue


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_tied_to_requirements(rule: Rule) -> None:
    assert rule.ids
    assert [id_ for id_ in rule.ids if id_ not in catalogue()] == []
    assert rule.level in LEVELS
    assert rule.consequence
    assert rule.fix


def test_an_action_is_judged_by_its_own_rules() -> None:
    assert "RFC7644-3.3-07" in ids_for("create")
    assert "RFC7644-3.3-07" not in ids_for("delete")
    assert len(ids_for("create")) == len(set(ids_for("create")))
