"""Parses the pages of a list that is read again and again, without parsing the resources that have not changed.

Most resources of a target do not change from one reading to the next. Their JSON is then found in a dict, which takes a tenth
of the time, and comparing them is cheap because they are the same objects.
"""

from __future__ import annotations

from typing import Any

import orjson

ARRAY, END = b'"Resources":[', b"]}"


class KnownResources:
    """The resources of one list by their JSON, from the previous reading and from the current one."""

    def __init__(self) -> None:
        self._before: dict[bytes, Any] = {}
        self._now: dict[bytes, Any] = {}

    def begin(self) -> None:
        """The list is read again from its start."""
        self._before, self._now = self._now, {}

    def page(self, body: bytes) -> Any:
        """The parsed page, or None if it must be parsed as a whole, such as one with spaces or with another last member.

        The body is cut where resources seem to begin. If the page without its resources is valid JSON, and so is each of
        the parts, then the cuts were right.
        """
        start, array, rest = body.partition(ARRAY)
        first = rest[: rest.find(b":") + 1]  # how a resource begins, such as {"schemas":
        if not (array and first and rest.endswith(END)):
            return None
        try:
            page = orjson.loads(start + array + END)
            if not isinstance(page, dict) or page.get("Resources") != []:
                return None
            parts = rest.removesuffix(END).split(b"," + first)
            page["Resources"] = [self._parsed(first * (number > 0) + part) for number, part in enumerate(parts)]
        except (orjson.JSONDecodeError, TypeError):
            return None
        return page

    def _parsed(self, part: bytes) -> Any:
        """Raises JSONDecodeError, or TypeError for JSON that is nested too deeply to be written again."""
        resource = self._now.get(part) or self._before.pop(part, None)
        if resource is None:
            resource = orjson.loads(part)
            orjson.dumps(resource)
        self._now[part] = resource
        return resource
