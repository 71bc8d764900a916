"""Reads the mutation of a catalogue row: calls of known combinators with literals, and `and`, `or`, `not` between conditions.

An expression such as `reject('POST /Users' and lacks('emails'), 400)` is parsed and evaluated name by name; nothing else of
Python is available in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from conformance.defects import changes, conditions, edits, mutations
from conformance.defects.mutations import Mutation

MUTATIONS: tuple[Callable[..., Mutation], ...] = (
    mutations.reject,
    mutations.answer,
    mutations.ignore,
    mutations.send,
    mutations.skip,
    mutations.patch,
    mutations.remove_first,
    mutations.reply,
    mutations.show,
    mutations.redeclare,
    mutations.declare,
    mutations.both,
    mutations.while_stored,
    mutations.lose,
    mutations.hold,
    mutations.at_first,
    mutations.later,
)
CONDITIONS: tuple[Callable[..., conditions.Condition], ...] = (
    conditions.asks,
    conditions.names,
    conditions.exceeds,
    conditions.queries,
    conditions.carries,
    conditions.body_has,
    conditions.sends,
    conditions.lacks,
    conditions.operates,
    conditions.answers,
    conditions.succeeds,
    conditions.fails,
    conditions.error_is,
    conditions.shows,
    conditions.lists,
    conditions.finds_nothing,
)
EDITS: tuple[Callable[..., edits.Edit], ...] = (
    edits.assign,
    edits.overwrite,
    edits.default,
    edits.drop,
    edits.only,
    edits.alter,
    edits.copy,
    edits.append,
    edits.keep,
    edits.discard,
    edits.each,
    edits.matching,
)
VALUES: tuple[Callable[..., edits.ValueChange], ...] = (
    edits.lower,
    edits.upper,
    edits.string,
    edits.integer,
    edits.number_of_id,
    edits.prefix,
    edits.suffix,
    edits.sub,
    edits.cut,
    edits.first,
    edits.backwards,
    edits.twice,
    edits.pluck,
)
CHANGES: tuple[Callable[..., changes.Change], ...] = (
    changes.header,
    changes.json,
    changes.parameters,
    changes.rewrite,
    changes.increase,
    changes.repath,
    changes.method,
    changes.stored,
    changes.status,
    changes.error,
    changes.becomes,
    changes.text,
    changes.retext,
    changes.relocate,
    changes.empty_list,
    changes.recount,
    changes.bare_array,
    changes.listed,
    changes.echo,
    changes.as_read,
    changes.resend,
)
COMBINATORS: dict[str, Callable[..., Any]] = {
    combinator.__name__: combinator for combinator in (*MUTATIONS, *CONDITIONS, *EDITS, *VALUES, *CHANGES)
}
LIST = "GET /Users|/Groups|/"
CONSTANTS: dict[str, Any] = {
    "USER": edits.USER,
    "GROUP": edits.GROUP,
    "ENTERPRISE": edits.ENTERPRISE,
    "LIST": LIST,
    "BY_CURSOR": conditions.all_of([LIST, conditions.names("cursor")]),
    "SEARCH": "POST */.search",
    "WRITES": "POST|PUT /Users*|/Groups*",
    "CONFIG": "GET /ServiceProviderConfig",
    "TYPES": "GET /ResourceTypes*",
    "DISCOVERY": "* /ServiceProviderConfig*|/ResourceTypes*|/Schemas*",
}


class BadExpression(ValueError):
    """An expression that cannot be read; the message says what is wrong with it in one line."""


def condition_from(text: str) -> conditions.Condition:
    """The condition that an expression describes; raises BadExpression."""
    found: conditions.Condition = _called("a condition", conditions.condition_of, [_value(_parsed(text))], {})
    return found


def mutation_of(text: str) -> Mutation:
    """The mutation that an expression describes; raises BadExpression."""
    parsed = _parsed(text)
    if not isinstance(parsed, ast.Call) or _name(parsed) not in {one.__name__ for one in MUTATIONS}:
        raise BadExpression(f"must begin with one of {', '.join(one.__name__ for one in MUTATIONS)}")
    mutation: Mutation = _value(parsed)
    return mutation


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise BadExpression(f"not an expression: {error.msg}") from None


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value) if value is None or isinstance(value, str | int | float | bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.List(elts=elements):
            return [_value(element) for element in elements]
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Name(id=name):
            raise BadExpression(f"{name} is not a constant; known are {', '.join(CONSTANTS)}")
        case ast.BoolOp(op=op, values=values):
            join = conditions.all_of if isinstance(op, ast.And) else conditions.any_of
            return _called("a condition", join, [[_value(value) for value in values]], {})
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _called("not", conditions.negation, [_value(operand)], {})
        case ast.Call():
            return _call(node)
    raise BadExpression(f"{ast.unparse(node)} is not allowed here")


def _call(node: ast.Call) -> Any:
    name = _name(node)
    if name not in COMBINATORS:
        raise BadExpression(f"{name} is not a combinator; see conformance/defects/expressions.py")
    keywords = {keyword.arg: _value(keyword.value) for keyword in node.keywords if keyword.arg is not None}
    if len(keywords) < len(node.keywords) or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise BadExpression(f"{ast.unparse(node)} is not allowed here")
    return _called(name, COMBINATORS[name], [_value(argument) for argument in node.args], keywords)


def _called(name: str, function: Callable[..., Any], arguments: list[Any], keywords: dict[str, Any]) -> Any:
    try:
        return function(*arguments, **keywords)
    except BadExpression:
        raise
    except (TypeError, ValueError, re.error) as error:
        raise BadExpression(f"{name}: {error}") from None


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
