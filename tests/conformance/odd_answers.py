"""A server whose answers are odd now and then: values of other types, missing keys, nulls, and lists in place of objects."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from typing import Any

from conformance.defects.wire import Reply, Request, Server

ODD: tuple[Any, ...] = (None, "odd", "", 0, -1, 1.5, True, [], {}, [None], ["odd"], [[]], {"odd": None}, [{"value": 7}])


class OddAnswers:
    """Passes requests on and distorts about one answer in `every`; the same seed and requests give the same distortions.

    The answers to the preflight's requests stay as they are: a run that it stops would prove nothing.
    """

    def __init__(self, seed: int, every: int = 4) -> None:
        self._seed = seed
        self._every = every
        self._numbers = itertools.count()

    def __call__(self, request: Request, server: Server) -> Reply:
        reply = server(request)
        chance = random.Random(f"{self._seed} {next(self._numbers)}")
        check = request.headers.get("scimulator-check", "preflight")
        begins = check == "preflight" and request.path not in ("/Schemas", "/ResourceTypes")
        if begins or chance.randrange(self._every) or not reply.body:
            return reply
        try:
            body = json.loads(reply.body)
        except ValueError:
            return reply
        for _ in range(chance.randint(1, 3)):
            body = distorted(body, chance)
        return replace(reply, body=json.dumps(body).encode())


def distorted(value: Any, chance: random.Random) -> Any:
    """The value with one place in it replaced or left out; nearly always somewhere inside."""
    if isinstance(value, dict) and value and chance.random() < 0.95:
        key = chance.choice(sorted(value))
        if chance.random() < 0.25:
            return {name: held for name, held in value.items() if name != key}
        return {**value, key: distorted(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], distorted(value[at], chance), *value[at + 1 :]]
    return chance.choice(ODD)
