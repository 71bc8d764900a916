"""Generated cases: one for each attribute or resource type that the target's own schemas declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.target.discovery import Attribute, Target

# The name of the one case of a check without a target: parameter → name.
EVERY = {"attribute": "every attribute", "type_name": "every type"}


def for_each_attribute(fits: Callable[[Attribute], bool]) -> Callable[[Any], Any]:
    """Run a check with a parameter `attribute` once for each attribute of the target's schemas for which `fits` is true."""

    def mark(check: Any) -> Any:
        check.attribute_filter = fits
        return check

    return mark


def for_each_resource_type(check: Any) -> Any:
    """Run a check with a parameter `type_name` once for each resource type that the target publishes."""
    check.over_resource_types = True
    return check


def by_declaration(check: Any) -> Any:
    """Mark a check of a characteristic that the target declares and the RFC's schemas lack; its failures are not excused."""
    check.by_declaration = True
    return check


def generated(check: Any, target: Target) -> dict[str, list[Any]]:
    """The parameters of a check that the target's schemas decide, with their values; they may be none."""
    found: dict[str, list[Any]] = {}
    fits = getattr(check, "attribute_filter", None)
    if fits is not None:
        found["attribute"] = [a for name in target.type_names() for a in target.attributes(name) if fits(a)]
    if getattr(check, "over_resource_types", False):
        found["type_name"] = list(target.type_names())
    return found


def fill_cases(metafunc: pytest.Metafunc, target: Target | None) -> None:
    """Parametrize a check over what the target's schemas declare, or over one value that stands for all of it."""
    for name, values in generated(metafunc.function, target or Target()).items():
        known = values if target else []
        metafunc.parametrize(name, known or [None], ids=[str(value) for value in known] or [EVERY[name]])
