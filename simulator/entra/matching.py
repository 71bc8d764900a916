"""Matching: one query per matching attribute, in order of precedence (docs/notes/entra.md 2.4, 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.entra.reading import hits_of
from simulator.entra.settings import EntraSettings
from simulator.mapping.attribute_mapping import ObjectMapping
from simulator.mapping.target_path import value_at
from simulator.mapping.values import is_same
from simulator.provisioning.answers import Failed, Fault
from simulator.provisioning.request import Request
from simulator.provisioning.turn import Turn

SEVERAL = (
    "Multiple entries were found to match this value, when no more than one was expected"  # fusionauth-issues#3111
)
SPECIAL_CHARACTERS = frozenset("&#+'\"\\%")  # reported to break lookups (docs/notes/entra.md 3.1)


async def match(
    turn: Turn,
    settings: EntraSettings,
    mapping: ObjectMapping,
    values: Mapping[str, Any],
    ask: Callable[[str, str], Request],
) -> dict[str, Any] | None:
    """The first match, or None. Raises Failed. `ask` builds the request for an attribute and a value."""
    asked = False
    for row in mapping.matching:
        value = values.get(row.target)
        if value is None:
            continue
        asked = True
        _check_value(settings, row.target, str(value))
        exchange = await turn.send(ask(row.target, str(value)))
        hits = hits_of(exchange)
        turn.step("EntryImport", "matching", attribute=row.target, hits=str(len(hits)))
        if len(hits) > 1:
            single = settings.several_matches == "multiple_entries"
            fault = Fault.SEVERAL_MATCHES if single else Fault.DUPLICATE_ENTRIES
            expected = f"one {turn.what} with the requested {row.target}; the target returned {len(hits)}"
            raise Failed(fault, SEVERAL, exchange, expected=expected)
        if hits:
            hit = hits[0]
            if not isinstance(hit.get("id"), str) or not hit["id"]:
                raise Failed(Fault.NOT_SCIM, "the target returned a match without an id", exchange)
            held = value_at(hit, row.target)
            if not is_same(value, held):
                told = f'requested {row.target} "{value}", but the target returned "{held}"'
                if settings.wrong_match == "refuse":
                    raise Failed(Fault.NOT_SCIM, told, exchange)
                turn.warn("MatchDoesNotMatch", f"{told}; Entra ID trusts the response and now changes this {turn.what}")
            return hit
    if not asked:
        raise Failed(Fault.NO_MATCHING_VALUE, f"the {turn.what} has no value for any matching attribute")
    return None


def _check_value(settings: EntraSettings, attribute: str, value: str) -> None:
    """Raise Failed for a value that Entra ID cannot look up (knob special_characters)."""
    bad = sorted(set(value) & SPECIAL_CHARACTERS)
    if bad and settings.special_characters == "fail":
        shown = " ".join(bad)
        raise Failed(Fault.MAPPING, f"cannot look up {attribute} with the special characters {shown}")
