"""The defaults of what is seen on the wire are those of the knobs, and only the flag's dialect is the compliant one."""

from __future__ import annotations

import pytest

from simulator.entra.settings import EntraSettings
from simulator.entra.wire_shape import Dialect, WireShape


def test_shape_without_settings_is_that_of_the_default_settings() -> None:
    assert EntraSettings().shape() == WireShape()


@pytest.mark.parametrize("dialect", Dialect)
def test_only_the_flag_makes_patch_compliant(dialect: Dialect) -> None:
    assert WireShape(dialect).is_optimised is (dialect is Dialect.AAD_OPT_SCIM_062020)


def test_every_knob_of_the_wire_reaches_the_shape() -> None:
    knobs = {
        "active_with_others": "own_operation",
        "single_change": "object",
        "roles_in_post": "absent",
        "role_name": "display",
        "single_role_patch": "path",
        "multivalued_patch": "plain",
    }
    shape = EntraSettings.model_validate(knobs).shape()
    assert shape == WireShape(
        active_with_others="own_operation",
        single_change="object",
        empty_roles=False,
        role_name="display",
        single_role_patch="path",
        multivalued_patch="plain",
    )
