"""Generated cases: one for each attribute or resource type that the target's own schemas declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.target.discovery import Attribute, Target


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


def fill_cases(metafunc: pytest.Metafunc, target: Target | None) -> None:
    """Parametrize a check over attributes or resource types with those of the target's own schemas."""
    fits = getattr(metafunc.function, "attribute_filter", None)
    if fits is not None:
        found = [a for name in target.type_names() for a in target.attributes(name) if fits(a)] if target else []
        metafunc.parametrize("attribute", found or [None], ids=[str(a) for a in found] or ["every attribute"])
    if getattr(metafunc.function, "over_resource_types", False):
        names = target.type_names() if target else []
        metafunc.parametrize("type_name", names or [None], ids=names or ["every type"])
