"""Compare a target's declarations with those in RFC 7643, and find attributes that filters, paths, and lists name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.model.definitions import COMMON, Definition, Definitions, named, parts_of

QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(slots=True)
class Rules:
    """The declarations of one resource type: the target's, and those in RFC 7643 (none for custom types)."""

    target: Definitions
    printed: dict[str, list[Definition]]

    def pair(self, urn: str, name: str) -> tuple[Definition | None, Definition | None]:
        """(the target's declaration, the declaration in RFC 7643) of a top-level attribute."""
        printed = named(self.printed.get(urn, []), name) or (named(COMMON, name) if urn == self.target.core else None)
        declared = named(self.target.by_urn.get(urn, []), name)
        if declared is None and urn == self.target.core:
            declared = named(COMMON, name)
        return declared, printed


def hidden(declared: Definition, printed: Definition) -> Iterator[str]:
    for wanted in ("never", "request"):
        if newly(declared, printed, "returned", wanted):
            yield f"{declared['name']} is {'never returned' if wanted == 'never' else 'returned only on request'}"


def newly(declared: Definition, printed: Definition | None, characteristic: str, value: Any) -> bool:
    """Whether the target declares this value and RFC 7643 does not."""
    return bool(declared.get(characteristic) == value and (printed or {}).get(characteristic) != value)


def of_names(rules: Rules, text: str, *, excludes: bool = False) -> Iterator[str]:
    """Messages about attributes that a filter, path, or list of names mentions and that the target's schema lacks."""
    if not text:
        return
    bare = QUOTED.sub('""', text)
    for urn in {*rules.printed} - {*rules.target.by_urn}:
        if urn.lower() in bare.lower():
            yield f"no resource type has {urn}"
    for urn in sorted({*rules.printed, *rules.target.by_urn}, key=len, reverse=True):
        bare = re.sub(re.escape(urn) + ":", f"{'' if urn == rules.target.core else '~'}", bare, flags=re.IGNORECASE)
    holder = last = ""
    for found in re.finditer(r"~?([A-Za-z$][\w$.-]*)|[\[\]]", bare):
        if found[0] in "[]":
            holder = last if found[0] == "[" else ""
            continue
        name, _, sub = found[1].partition(".")
        if holder:
            name, sub = holder, name
        last = name
        urns = [urn for urn in rules.printed if (urn != rules.target.core) is found[0].startswith("~")]
        for urn in urns or [rules.target.core]:
            yield from _of_name(rules, urn, name, sub, excludes)


def _of_name(rules: Rules, urn: str, name: str, sub: str, excludes: bool) -> Iterator[str]:
    declared, printed = rules.pair(urn, name)
    if printed is None or urn not in rules.target.by_urn:
        return
    if declared is None:
        yield f"the schema has no {name}"
    elif sub and named(parts_of(printed), sub) and not named(parts_of(declared), sub):
        yield f"the schema has no {name}.{sub}"
    else:
        yield from hidden(declared, printed)
        part, usual = named(parts_of(declared), sub), named(parts_of(printed), sub)
        for held, plain in ((declared, printed), (part or declared, usual or printed)):
            if excludes and newly(held, plain, "returned", "always"):
                yield f"{held['name']} is always returned"


def home_of(rules: Rules, path: str) -> tuple[str, str]:
    """(URN, rest) of a path; the URN of the core schema if the path has none."""
    for urn in sorted({*rules.printed, *rules.target.by_urn}, key=len, reverse=True):
        if path.lower().startswith(urn.lower() + ":"):
            return urn, path[len(urn) + 1 :]
        if path.lower() == urn.lower():
            return urn, ""
    return rules.target.core, path
