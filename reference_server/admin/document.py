"""The OpenAPI document of the admin API: its operations, and the names that their requests can contain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

DOCUMENT = Path(__file__).with_name("openapi.json")
METHODS = ("get", "post", "patch", "delete")


class Document:
    """The document as an object, and what the server needs to know from it."""

    def __init__(self) -> None:
        self.content: dict[str, Any] = orjson.loads(DOCUMENT.read_bytes())

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(path, method in lower case, operation) of every operation."""
        for path, item in self.content["paths"].items():
            yield from ((path, method, item[method]) for method in METHODS if method in item)

    def parameters(self, operation: dict[str, Any]) -> list[str]:
        """The names of the query parameters of an operation."""
        found = [self.resolved(parameter) for parameter in operation.get("parameters", ())]
        return [parameter["name"] for parameter in found if parameter["in"] == "query"]

    def members(self, operation: dict[str, Any]) -> list[str]:
        """The names of the members of the body of an operation; empty if it has no body."""
        if "requestBody" not in operation:
            return []
        return list(self.resolved(operation["requestBody"]["content"]["application/json"]["schema"])["properties"])

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """A node of the document, or the component that it refers to."""
        if "$ref" not in node:
            return node
        _, _, section, name = node["$ref"].split("/")
        found: dict[str, Any] = self.content["components"][section][name]
        return found
