"""Every check of every profile, collected once, and rows of CSV files."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from conformance.requirements.profiles import PROFILES
from conformance.run.collect import Check, collect


@cache
def checks() -> tuple[Check, ...]:
    return tuple(collect(PROFILES))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))
