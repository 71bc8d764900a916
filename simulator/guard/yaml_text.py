"""Reads YAML from files with limits on the depth and on the size of expanded aliases."""

from __future__ import annotations

from typing import Any

import yaml

MAX_DEPTH = 100
MAX_ALIASED_NODES = 100_000


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
        return node


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
