"""The example of a check is its most telling request, read from its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conformance.commands.example_request import SHOWN, example_of
from conformance.requirements.catalogue import CheckFacts
from conformance.run.declared import Declared, declared


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        ("test_create_needs_schemas", "POST /Users   …"),
        ("test_removal_from_a_large_group_removes_exactly_one", "PATCH /Groups/{id}   …"),
        ("test_repeated_value_is_returned_once", 'PATCH /Users/{id}   {"op": "add", "path": "emails", "value": […]}'),
    ],
)
def test_the_request_that_a_check_is_about_is_shown(function: str, shown: str) -> None:
    check = next(check for check in declared() if check.function == function)
    assert example_of(check) == shown


SOURCE = """
SHORT = 5
def test_of_a_reader(scim):
    path, body = scim.path_of(scim.create(scim.group_body())), 1
    place = scim.path_of(group)
    sent = scim.user_body(active=False, **others)
    times = 1
    times = 2
    {request}
"""


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        ("scim.get(scim.users, count=SHORT, startIndex=times)", "GET /Users?count=5&startIndex=…"),
        ("scim.get(f'{scim.users}/x')", "GET /Users/x"),
        ("scim.get(path)", ""),
        ("scim.search('userName eq \"' + name + '\"')", "GET /Users?filter=…"),
        ("scim.search(f'userName eq \"{name}\"')", 'GET /Users?filter=userName eq "…"'),
        ("scim.delete(place)", "DELETE /Groups/{id}"),
        ("scim.post(scim.users, sent)", 'POST /Users   {…, "active": false}'),
        (
            "scim.put(place, {**sent, 'a': [1, None, *more], name: name})",
            'PUT /Groups/{id}   {…, "a": [1, null, …], …}',
        ),
        ("scim.patch(path, replaced('x'))", 'PATCH …   {"op": "replace", "path": "displayName", "value": "x"}'),
        ("scim.patch(path, replaced(name, 'a.b'))", 'PATCH …   {"op": "replace", "path": "a.b", "value": …}'),
        ("scim.patch(path, *operations)", ""),
    ],
)
def test_what_a_check_computes_is_shown_as_dots(tmp_path: Path, request_: str, shown: str) -> None:
    file = tmp_path / "test_of_a_reader.py"
    file.write_text(SOURCE.replace("{request}", request_))
    function = next(node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef))
    facts = CheckFacts(("RFC7644-3.3-01",), "refusal", "")
    assert example_of(Declared("rfc", str(tmp_path), file.name, "", "", facts, function)) == shown


@pytest.mark.parametrize("check", declared(), ids=lambda check: check.function)
def test_no_example_shows_python(check: Declared) -> None:
    """Bodies are JSON, with dots for what is computed, and paths are paths."""
    example = example_of(check)
    assert len(example) <= SHOWN
    _, _, rest = example.partition(" ")
    path, *bodies = rest.split("   ")
    assert path[:1] in ("", "/", "…")
    for body in bodies if not example.endswith("…") else ():
        readable = re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"|…', "0", body)
        assert re.fullmatch(r"(?:[\[\]{},: 0-9]|true|false|null)*", readable), example


def test_most_checks_have_an_example() -> None:
    examples = [example_of(check) for check in declared()]
    assert sum(map(bool, examples)) > len(examples) / 2
