"""PATCHes that no well-meaning client sends: the core refuses them, or does what the model accepts; nothing in between."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from conformance.model.outcome import Open
from conformance.model.patch_model import apply_patch
from conformance.target.discovery import ENTERPRISE_URN as E
from conformance.target.discovery import USER_URN as U
from reference_server.scim.tolerance import Rules
from tests.conformance.published import USERS
from tests.differential.test_model_patches import POOL, judge

WORK = 'emails[type eq "work"]'
PATHS = ["id", "meta.created", "groups", 'groups[value eq "1"]', "schemas", "nobody", "name.nobody", "emails.nobody"]
PATHS += [
    "emails[type eq",
    'emails[nobody eq "x"]',
    "emails[0].value",
    "emails[]",
    f"{WORK}.",
    f"{WORK}x",
    "name.givenName.x",
]
PATHS += ["emails[type gt 5]", "emails[primary gt true]", 'name[givenName eq "x"]', "emails.value", E, U, "department"]
PATHS += [
    "name",
    "name.givenName",
    "userName",
    "active",
    "title",
    "profileUrl",
    "password",
    "externalId",
    "x509Certificates",
]
PATHS += [
    f"{E}:manager",
    f"{E}:manager.value",
    f"{E}:manager.displayName",
    f"{U}:{WORK}",
    "emails",
    WORK,
    f"{WORK}.type",
]
PATHS += [f"{WORK}.primary", "emails[primary eq true].value", "emails[value pr]", 'emails[not (type eq "work")]']
PATHS += [f"{WORK}.value".upper(), 'photos[value eq "x"].value']
VALUES: list[Any] = [None, "", [], {}, "x", 5, True, "True", "false", "a@b.c", [5], [None], ["a@b.c"]]
VALUES += [{"givenName": "G"}, {"givenName": None}, {"givenName": ""}, {"nobody": 1}, {"value": "a@b.c"}, {"value": 5}]
VALUES += [{"value": "a@b.c", "type": "work", "primary": True}, [{"value": "a@b.c", "type": "WORK"}], {"type": "boat"}]
VALUES += [[{"value": "a@b.c"}, {"value": "a@b.c"}], [{"value": "a", "primary": True}, {"value": "b", "primary": True}]]
VALUES += [{"title": "T", "id": "9"}, {"name.givenName": "G"}, {f"{E}:department": "D"}, {E: {"department": "D"}}]
VALUES += [{"emails": None}, {"active": "False"}, {"nobody": 1, "title": "T"}, {"groups": []}, {"userName": None}]


def operations(seed: int, number: int) -> list[dict[str, Any]]:
    random = Random(seed)
    made: list[dict[str, Any]] = []
    for _ in range(number):
        verb = random.choice(["add", "replace", "remove"] * 5 + ["Add", "move"])
        path = {"path": random.choice(PATHS)} if random.random() < 0.8 else {}
        value = {"value": random.choice(VALUES)} if random.random() < 0.9 else {}
        made.append({"op": verb, **path, **value})
    return made


def known(operation: dict[str, Any], rules: Rules) -> bool:
    """Where the core differs on purpose, or because of its configuration."""
    path, value = str(operation.get("path")), operation.get("value")
    if not rules.allows("passwords"):
        # It keeps no passwords and in strict mode says so; without a path it takes names, and neither paths nor strangers.
        return path in ("password", "None")
    # A list of one where one value is declared, as some clients send a manager (tolerance.py).
    return path in (f"{E}:manager", "name") and isinstance(value, list)


def agree(seed: int, number: int, rules: Rules) -> None:
    random = Random(seed)
    for operation in operations(seed, number):
        person = random.choice(POOL)
        outcomes = apply_patch(person, [operation], USERS)
        if known(operation, rules) or any(isinstance(one, Open) for one in outcomes):
            continue
        try:
            judge([operation], person, outcomes, rules)
        except AssertionError as error:
            raise AssertionError(f"{json.dumps(operation)}: {error}") from None


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
def test_odd_operations_are_rejected_or_done(strict: bool) -> None:
    agree(1, 1_500, Rules(strict=strict))


@pytest.mark.full
@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
@pytest.mark.parametrize("seed", range(2, 6))
def test_odd_operations_are_rejected_or_done_at_length(seed: int, strict: bool) -> None:
    agree(seed, 15_000, Rules(strict=strict))
