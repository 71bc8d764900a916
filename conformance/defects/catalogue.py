"""All seeded defects by name: the decorator that declares one, and the files that hold them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.defects.wire import Reply, Request, Server

Between = Callable[[Request, Server], Reply]
NO_DEFECTS = {"__init__", "wire", "catalogue", "proxy", "operations"}
_declared: dict[str, Defect] = {}


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: where it was seen, what it breaks, the check functions that must find it, and as what."""

    name: str
    source: str
    breaks: str
    killed_by: tuple[str, ...]
    between: Between
    verdict: str
    file: str


def defect(
    name: str, *, source: str, breaks: str, killed_by: str, verdict: str = "FAIL"
) -> Callable[[Between], Between]:
    """Declare a defect. `source` is an issue, a document or a requirement id; `killed_by` names checks, the first above all."""

    def declare(between: Between) -> Between:
        if between.__name__ != name.replace("-", "_"):
            raise ValueError(f"{name}: its function is called {between.__name__}")
        if name in _declared and _declared[name].file != between.__module__:
            raise ValueError(f"{name}: declared twice")
        checks = tuple(killed_by.split())
        _declared[name] = Defect(name, source, breaks, checks, between, verdict, between.__module__)
        return between

    return declare


@cache
def defects() -> dict[str, Defect]:
    """Every defect by name, in the order of files and lines."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in NO_DEFECTS:
            importlib.import_module(f"conformance.defects.{path.stem}")
    return dict(_declared)
