"""Matching: one query for each matching attribute by precedence, and what a wrong answer means (entra.md 2.4, 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.entra.requests import Request
from simulator.mapping.attribute_mapping import ObjectMapping, is_same
from simulator.mapping.target_path import value_at
from simulator.provisioning.answers import INCOMPATIBLE, Failed, listed
from simulator.provisioning.context import Context
from simulator.provisioning.turn import Turn


async def match(
    turn: Turn, context: Context, mapping: ObjectMapping, values: Mapping[str, Any], ask: Callable[[str, str], Request]
) -> dict[str, Any] | None:
    """The first hit, None when nobody is found; raises Failed. `ask` makes the query of an attribute and its value."""
    asked = False
    for row in mapping.matching:
        value = values.get(row.target)
        if value is None:
            continue
        asked = True
        context.check_matching_value(row.target, str(value))
        exchange = await turn.send(ask(row.target, str(value)))
        hits = listed(exchange)
        turn.step("EntryImport", "matching", attribute=row.target, hits=str(len(hits)))
        if len(hits) > 1:
            raise Failed("DuplicateTargetEntries", f"{len(hits)} {turn.what}s match {row.target}", exchange)
        if hits:
            hit = hits[0]
            if not isinstance(hit.get("id"), str) or not hit["id"]:
                raise Failed(INCOMPATIBLE, "the target answered with a match that has no id", exchange)
            held = value_at(hit, row.target)
            if not is_same(value, held):
                told = f'asked for {row.target} "{value}", the target gave one with "{held}"'
                if context.settings.wrong_match == "refuse":
                    raise Failed(INCOMPATIBLE, told, exchange)
                turn.warn("MatchDoesNotMatch", f"{told}; Entra trusts the answer and now changes that {turn.what}")
            return hit
    if not asked:
        raise Failed("ImportSkipped", f"the {turn.what} has no value for any matching attribute")
    return None
