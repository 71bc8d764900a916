"""Lists code that no production code uses, with vulture; tests do not count as users: `python -m tests.house.dead_code`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "scimulator.py",
    "scimulator_report.py",
    "secrecy",
    "reference_server",
    "simulator",
    "conformance",
    "loadtests",
    "live_page",
)
CONFIDENCE = 60  # percent; below it vulture guesses
# What is found by name or read from JSON; these files are still read for what they use.
FOUND_BY_NAME = {
    "conformance/checks": "pytest collects the checks",
    "conformance/defects/behaviors": "the catalogue finds functions by name",
    "conformance/client/rules": "the table finds functions by name",
    "conformance/client/trouble.py": "the table of situations finds functions by name",
    "simulator/stream/events.py": "fields of events are read from JSON",
    "simulator/report/log_entry.py": "fields of the log are printed as JSON",
}


def dead_code(root: Path, paths: Sequence[str] = PACKAGES) -> list[str]:
    """`file:line: kind name` of everything below `root` that nothing uses, sorted by file and line."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["vulture"]
    vulture = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    vulture.scavenge([str(root / path) for path in paths])
    found = []
    for item in vulture.get_unused_code(min_confidence=CONFIDENCE):
        place = Path(item.filename).resolve().relative_to(root.resolve()).as_posix()
        if not place.startswith(tuple(FOUND_BY_NAME)):
            found.append((place, item.first_lineno, f"{item.typ} {item.name}"))
    return [f"{place}:{line}: {what}" for place, line, what in sorted(found)]


def main() -> int:
    """Print what is dead; the exit code is 1 when anything is."""
    found = dead_code(ROOT)
    for line in found:
        sys.stdout.write(f"{line} is used by no production code\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
