"""Reads YAML from files with limits on the depth and on the size of expanded aliases.

As in YAML 1.2, `18:05` is a string; YAML 1.1 reads it as the number 1085. A key that is given twice is an error.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

MAX_DEPTH = 100
MAX_ALIASED_NODES = 100_000
INTEGER, FLOAT, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("int", "float", "merge"))
# The patterns of PyYAML without numbers to the base of 60.
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)


class BadYaml(ValueError):
    """The text is not usable YAML. The message states why; `line` is the place."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):
    """A safe loader that counts nodes, because a few nested aliases can expand to billions of them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = self._aliased = 0
        self._sizes: dict[int, int] = {}  # of each complete node, including its expanded aliases

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        alias = self.check_event(yaml.AliasEvent)
        mark, before = self.peek_event().start_mark, self._nodes  # type: ignore[no-untyped-call]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_DEPTH} nesting levels", problem_mark=mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if alias:
            if id(node) not in self._sizes:
                raise yaml.MarkedYAMLError(problem="an alias refers to a node that contains it", problem_mark=mark)
            self._nodes += self._sizes[id(node)]
            self._aliased += self._sizes[id(node)]
            if self._aliased > MAX_ALIASED_NODES:
                problem = f"the aliases expand to more than {MAX_ALIASED_NODES:,} values"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        else:
            self._nodes += 1
            self._sizes[id(node)] = self._nodes - before
        if isinstance(node, yaml.MappingNode) and not alias:
            _check_keys(node)
        return node


def _check_keys(node: yaml.MappingNode) -> None:
    """Raise MarkedYAMLError for a key that is given twice, of which PyYAML would silently take the last value."""
    seen = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
            if (key.tag, key.value) in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value[:60]} is given twice", problem_mark=key.start_mark
                )
            seen.add((key.tag, key.value))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag not in (INTEGER, FLOAT)]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for tag, pattern in ((FLOAT, _FLOAT), (INTEGER, _INTEGER)):
    _Loader.add_implicit_resolver(tag, pattern, list("-+.0123456789"))


def read_yaml(text: str) -> tuple[Any, yaml.Node | None]:
    """Parse YAML. Returns the value and the node tree with line numbers. Raises BadYaml."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return (None if node is None else loader.construct_document(node)), node
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unexpected text"
        raise BadYaml(f"not YAML: {problem}", mark.line + 1 if mark else 1) from None
    except (
        ValueError,
        OverflowError,
        RecursionError,
        TypeError,
    ) as error:  # for example 2026-99-99 or a number with 5,000 digits
        raise BadYaml(f"not YAML: {str(error)[:200]}") from None
