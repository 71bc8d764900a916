"""Cases of a check: one for each attribute or resource type that the target's schemas declare."""

from __future__ import annotations

from conformance.run.collect import collect
from tests.conformance.published import DEVICE_TARGET, TARGET

LOOPS = "each_attribute"


def cases(checks: list[str]) -> set[str]:
    return {name.partition("[")[2].removesuffix("]") for name in checks}


def test_each_attribute_of_the_target_is_a_case() -> None:
    names = cases([check.name for check in collect(["rfc"], LOOPS, target=DEVICE_TARGET)])
    assert any(name.startswith("Device.serial") for name in names)
    assert not any(name.startswith("User.") for name in names)


def test_without_a_target_a_check_over_attributes_appears_once() -> None:
    checks = collect(["rfc"], LOOPS)
    assert checks
    assert {check.parameters.get("attribute", check.parameters.get("type_name")) for check in checks} == {None}
    assert len(checks) < len(collect(["rfc"], LOOPS, target=TARGET))
