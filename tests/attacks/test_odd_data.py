"""Odd stored values and odd queries together: every request gets a SCIM answer, and nothing empty is stored."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.attacks.odd_resources import ODD, SCHEMAS, OddRequests
from tests.in_process import House, house, run
from tests.support import USER

SHORT_AND_FULL = [500, pytest.param(40_000, marks=pytest.mark.full)]


def write_schemas(folder: Path, documents: list[dict[str, Any]]) -> None:
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "odd.json").write_text(json.dumps(documents))


def exchanged(by: int) -> list[dict[str, Any]]:
    """The schemas with the same names, each of which has the shape of another attribute."""
    documents = copy.deepcopy(SCHEMAS)
    for document in documents[:2]:
        attributes = [item for item in document["attributes"] if item["name"] != "key"]
        shapes = [{**item} for item in attributes]
        for number, item in enumerate(attributes):
            names = {name: item[name] for name in ("name", "description")}
            item.clear()
            item.update({**shapes[(number + by) % len(shapes)], **names})
    documents[2]["indexes"] = ["key", "externalId", "uniqueMany", "complexMany", "dateTimeOne"]
    return documents


def empty_values(value: Any, path: str = "") -> list[str]:
    """Where a resource shows null, {} or [] instead of leaving the attribute out (RFC 7643 2.5)."""
    if value is None or value in ({}, []):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, item in items for found in empty_values(item, f"{path}/{name}")]


async def send_odd_requests(at: House, requests: OddRequests, many: int) -> set[tuple[str, int]]:
    seen = set()
    for number in range(many):
        method, target, body = requests.next()
        status, answer = await at.scim(method, target, body)
        known = f"request {number}: {method} {target} {body} → {status} {answer}"
        assert status < 500, known
        if status == 201:
            requests.ids.append(f"{target}/{answer['id']}")
        shown = answer.get("Resources", [answer]) if status in (200, 201) else []
        assert not [path for resource in shown for path in empty_values(resource)], known
        seen.add((method, status))
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("many", SHORT_AND_FULL)
@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
def test_odd_queries_over_odd_data(tmp_path: Path, strict: bool, many: int) -> None:
    write_schemas(tmp_path, SCHEMAS)
    with house(data=tmp_path, strict=strict) as at:
        seen = run(send_odd_requests(at, OddRequests(random.Random(f"odd {strict}")), many))
    assert {("GET", 200), ("GET", 400), ("POST", 201), ("PATCH", 200), ("PUT", 200)} <= seen


@pytest.mark.slow
@pytest.mark.parametrize("by", [4, *(pytest.param(by, marks=pytest.mark.full) for by in range(5, 19))])
def test_data_stored_under_another_schema(tmp_path: Path, by: int) -> None:
    write_schemas(tmp_path, SCHEMAS)
    requests = OddRequests(random.Random(by))
    with house(data=tmp_path) as at:
        for _ in range(100):
            method, target, body = requests.create()
            status, answer = run(at.scim(method, target, body))
            requests.ids += [f"{target}/{answer['id']}"] if status == 201 else []
    write_schemas(tmp_path, exchanged(by))
    with house(data=tmp_path) as at:
        assert requests.ids
        run(send_odd_requests(at, requests, 250))


ELEMENTS: dict[str, tuple[list[Any], Any]] = {  # what a client writes → what is stored
    "an unknown part alone": ([{"nope": 1}], None),
    "an unknown part beside a value": ([{"nope": 1}, {"value": "a@b"}], [{"value": "a@b"}]),
    "an empty object among others": ([{}, {"value": "a@b"}], [{"value": "a@b"}]),
}


@pytest.mark.parametrize("case", ELEMENTS)
@pytest.mark.parametrize("way", ["POST", "PATCH", "PATCH of the chosen element"])
def test_an_element_without_a_known_part_is_not_stored(at: House, case: str, way: str) -> None:
    written, stored = ELEMENTS[case]

    async def write() -> None:
        if way == "POST":
            shown = await at.user(userName="a", emails=written)
        else:
            shown = await at.user(userName="a", emails=[{"value": "old@b", "type": "work"}])
            value, path = (written, "emails") if way == "PATCH" else (written[0], 'emails[type eq "work"]')
            await at.patch(f"/Users/{shown['id']}", {"op": "replace", "path": path, "value": value})
            shown = (await at.scim("GET", f"/Users/{shown['id']}"))[1]
        assert shown.get("emails") == (stored if way != "PATCH of the chosen element" else None)
        await at.user(userName="b", emails=[{"value": "b@b"}])
        for name in ("emails", "emails.value", "emails.primary"):
            assert (await at.scim("GET", f"/Users?sortBy={name}&sortOrder=descending"))[0] == 200

    run(write())


VALUE_PATHS = {  # on attributes whose values have no parts: `value` is the value itself
    f'schemas[value eq "{USER}"]': 1,
    'schemas[value eq "x"]': 0,
    "schemas[value pr]": 1,
    'schemas[value sw "urn:" and not (value co "group")]': 1,
    f'schemas[value ne "{USER}"]': 0,
}


@pytest.mark.parametrize("condition", VALUE_PATHS)
def test_value_path_on_a_list_of_strings(at: House, condition: str) -> None:
    async def ask() -> None:
        await at.user(userName="a")
        status, answer = await at.scim("GET", f"/Users?filter={quote(condition)}")
        assert (status, answer["totalResults"]) == (200, VALUE_PATHS[condition])
        for wrong in (f"schemas[type{condition[13:]}", f"userName{condition[7:]}"):
            status, answer = await at.scim("GET", f"/Users?filter={quote(wrong)}")
            assert (status, answer["scimType"]) == (400, "invalidFilter")

    run(ask())


def test_patch_chooses_among_strings_and_numbers(tmp_path: Path) -> None:
    write_schemas(tmp_path, SCHEMAS)

    async def patch(at: House) -> None:
        body = {"schemas": [ODD], "key": "k", "stringMany": ["a", "b"], "integerMany": [1, 2, 3]}
        _, made = await at.scim("POST", "/Odds", body)
        path = f"/Odds/{made['id']}"
        assert await at.patch(path, {"op": "remove", "path": "integerMany[value ge 2]"}) == 200
        assert await at.patch(path, {"op": "replace", "path": 'stringMany[value eq "A"]', "value": "c"}) == 200
        shown = (await at.scim("GET", path))[1]
        assert (shown["stringMany"], shown["integerMany"]) == (["c", "b"], [1])

    with house(data=tmp_path) as at:
        run(patch(at))
