"""The main request of a check, read from its source: `PATCH /Users/{id}   {'op': 'remove', …}`."""

from __future__ import annotations

import ast

from conformance.run.declared import Declared

METHODS = ("patch", "put", "post", "delete", "search", "get")  # the methods that say most about a check first
SHOWN = 240


def example_of(check: Declared) -> str:
    """The main request of a check; empty if its source shows none."""
    calls = [node for node in ast.walk(check.source) if isinstance(node, ast.Call) and _method(node)]
    if not calls:
        return ""
    told = _told(min(calls, key=lambda call: METHODS.index(_method(call))))
    return told if len(told) <= SHOWN else told[: SHOWN - 1] + "…"


def _method(call: ast.Call) -> str:
    """`patch` of `scim.patch(…)`; empty for any other call."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "scim":
        return function.attr if function.attr in METHODS else ""
    return ""


def _told(call: ast.Call) -> str:
    method, arguments = _method(call), [*call.args]
    if method == "search":
        return f"GET /Users?filter={_words(arguments[0])}" if arguments else "GET /Users?filter=…"
    where = _path(arguments[0]) if arguments else "/Users"
    query = "&".join(f"{word.arg}={_words(word.value)}" for word in call.keywords if method == "get" and word.arg)
    body = "   ".join(_words(argument) for argument in arguments[1:])
    return f"{method.upper()} {where}{'?' + query if query else ''}   {body}".rstrip()


def _path(node: ast.expr) -> str:
    """`/Users/{id}` for `scim.path_of(user)`."""
    words = ast.unparse(node)
    if "path_of" in words:
        return "/Groups/{id}" if "group" in words.lower() else "/Users/{id}"
    return {"scim.users": "/Users", "scim.groups": "/Groups"}.get(words, _words(node))


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ast.unparse(node)
