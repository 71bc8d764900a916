"""The main request of a check, read from its source: `PATCH /Users/{id}   {"op": "remove", "path": …}`.

A value that the check computes is shown as `…`.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path

from conformance.run.declared import CHECKS, Declared

METHODS = ("patch", "put", "post", "delete", "search", "get")  # the methods that say most about a check first
BODIES = ("user_body", "group_body", "body")  # functions that complete a body with what the schemas require
COMPUTED = "…"
SHOWN = 240
DEEPEST = 8  # names and values within one another that are followed

Assigned = dict[str, ast.expr]


def example_of(check: Declared) -> str:
    """The main request of a check; empty if its source shows none."""
    calls = [node for node in ast.walk(check.source) if isinstance(node, ast.Call) and _method(node)]
    reader = _Reader(_names_of(check))
    told = [reader.request(call) for call in sorted(calls, key=lambda call: METHODS.index(_method(call)))]
    first = next((one for one in told if one), "")
    return first if len(first) <= SHOWN else first[: SHOWN - 1] + COMPUTED


def _method(call: ast.Call) -> str:
    """`patch` of `scim.patch(…)`; empty for any other call."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "scim":
        return function.attr if function.attr in METHODS else ""
    return ""


def _names_of(check: Declared) -> Assigned:
    """What the names in a check stand for: constants of its module, and variables that are assigned once."""
    assigned = [
        (node.targets[0].id, node.value)
        for node in ast.walk(check.source)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    times = Counter(name for name, _ in assigned)
    return {**_constants_of(CHECKS / check.folder / check.file), **{k: v for k, v in assigned if times[k] == 1}}


@cache
def _constants_of(file: Path) -> Assigned:
    """The constants of a module, also those that it imports from another module of this package."""
    found: Assigned = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.ImportFrom) and any(alias.name.isupper() for alias in node.names):
            source = CHECKS.parents[1].joinpath(*(node.module or "").split(".")).with_suffix(".py")
            constants = _constants_of(source) if source.is_file() else {}
            found |= {alias.name: constants[alias.name] for alias in node.names if alias.name in constants}
    return found


class _Reader:
    """Writes expressions as the JSON and the paths that they stand for."""

    def __init__(self, names: Assigned) -> None:
        self._names = names

    def request(self, call: ast.Call) -> str:
        """Method, path, and body; empty if neither path nor body can be told."""
        method, arguments = _method(call), [*call.args]
        if method == "search":
            return f"GET /Users?filter={self._text(arguments[0])}" if arguments else ""
        path = self._path(arguments[0]) if arguments else "/Users"
        query = "&".join(
            f"{word.arg}={self._text(word.value)}" for word in call.keywords if method == "get" and word.arg
        )
        bodies = [self._json(argument) for argument in arguments[1:]]
        if not path.startswith("/") and set(bodies) <= {COMPUTED}:
            return ""
        return f"{method.upper()} {path}{'?' + query if query else ''}   {'   '.join(bodies)}".rstrip()

    def _meant(self, node: ast.expr) -> ast.expr:
        """What a name stands for, or the expression itself."""
        for _ in range(DEEPEST):
            if not isinstance(node, ast.Name) or node.id not in self._names:
                break
            node = self._names[node.id]
        return node

    def _path(self, node: ast.expr) -> str:
        """`/Users/{id}` for `scim.path_of(user)`."""
        words = ast.unparse(self._meant(node))
        if words.startswith("scim.path_of("):
            return "/Groups/{id}" if "group" in words.lower() else "/Users/{id}"
        return {"scim.users": "/Users", "scim.groups": "/Groups"}.get(words) or self._text(node)

    def _text(self, node: ast.expr) -> str:
        node = self._meant(node)
        if isinstance(node, ast.JoinedStr):
            return "".join(
                self._path(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values
            )
        return str(node.value) if isinstance(node, ast.Constant) else COMPUTED

    def _json(self, node: ast.expr, depth: int = 0) -> str:
        node = self._meant(node)
        if depth > DEEPEST:
            return COMPUTED
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str() as value):
                return json.dumps(value, ensure_ascii=False)
            case ast.JoinedStr():
                return json.dumps(self._text(node), ensure_ascii=False)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return f"[{_joined([self._json(item, depth + 1) for item in items])}]"
            case ast.Dict(keys=keys, values=values):
                return self._object(list(zip(keys, values, strict=True)), depth)
            case ast.Call(func=ast.Name(id="replaced"), args=[value]):
                return f'{{"op": "replace", "path": "displayName", "value": {self._json(value, depth + 1)}}}'
            case ast.Call(func=ast.Name(id="replaced"), args=[value, path]):
                told = self._json(path, depth + 1), self._json(value, depth + 1)
                return f'{{"op": "replace", "path": {told[0]}, "value": {told[1]}}}'
            case ast.Call(func=ast.Attribute(attr=name), keywords=words) if name in BODIES:
                named = [(ast.Constant(word.arg), word.value) for word in words if word.arg]
                return self._object([(None, node), *named], depth)
        return COMPUTED

    def _object(self, members: list[tuple[ast.expr | None, ast.expr]], depth: int) -> str:
        told = [
            f"{self._json(key, depth + 1)}: {self._json(value, depth + 1)}" if key is not None else COMPUTED
            for key, value in members
        ]
        return f"{{{_joined([COMPUTED if one.startswith(COMPUTED) else one for one in told])}}}"


def _joined(parts: list[str]) -> str:
    """The parts with commas; several computed ones after one another are one."""
    kept = [
        part for number, part in enumerate(parts) if part != COMPUTED or number == 0 or parts[number - 1] != COMPUTED
    ]
    return ", ".join(kept)
