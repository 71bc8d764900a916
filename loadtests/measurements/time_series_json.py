"""Converts series and totals to and from JSON values, which processes exchange."""

from __future__ import annotations

from collections import Counter
from typing import Any

from loadtests.measurements.time_series import Cell, Series, Total

Value = dict[str, Any]


def series_value(series: Series) -> Value:
    """`{"width", "cells": {second: {operation: [count, errors, [[ms, requests], …]]}}}`."""
    return {"width": series.width, "cells": {str(at): _named_value(named) for at, named in series.cells.items()}}


def series_of(value: Value) -> Series:
    """The inverse of `series_value`."""
    return Series({int(at): _named_of(named) for at, named in value["cells"].items()}, value["width"])


def totals_value(totals: dict[int, Total]) -> Value:
    """The totals by tenant: first, last, and cells."""
    return {
        str(tenant): {"first": total.first, "last": total.last, "cells": _named_value(total.cells)}
        for tenant, total in totals.items()
    }


def totals_of(value: Value) -> dict[int, Total]:
    """The inverse of `totals_value`."""
    return {int(tenant): Total(_named_of(told["cells"]), told["first"], told["last"]) for tenant, told in value.items()}


def _named_value(named: dict[str, Cell]) -> Value:
    return {name: [cell.count, cell.errors, list(map(list, cell.times.items()))] for name, cell in named.items()}


def _named_of(value: Value) -> dict[str, Cell]:
    return {name: Cell(count, errors, Counter(dict(times))) for name, (count, errors, times) in value.items()}
