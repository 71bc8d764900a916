"""Every check and every rule says what a failure does to users and how it is usually fixed."""

from __future__ import annotations

from conformance.fuzz.rules import RULES
from conformance.requirements.advice import advice_for
from tests.conformance.every_check import checks


def test_every_check_has_an_effect_and_a_usual_fix() -> None:
    bare = {check.function for check in checks() if not check.facts.consequence or not check.facts.fix}
    assert bare == set()


def test_every_rule_has_an_effect_and_a_usual_fix() -> None:
    assert [name for name, rule in RULES.items() if not rule.consequence or not rule.fix] == []


def test_the_row_of_the_file_goes_before_the_row_of_the_folder() -> None:
    assert "active as a boolean" in advice_for("entra/test_leavers.py").fix
    assert advice_for("rfc7644/test_99_new.py") == advice_for("rfc7644/")
    assert advice_for("nothing/test_x.py").fix == ""
