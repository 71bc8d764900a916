"""Parse PATCH paths by the ABNF of RFC 7644 section 3.5.2: `attrPath`, or `valuePath` with an optional sub-attribute."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.filter_text import AttributePath, NotAFilter, Reader, Tree

__all__ = ["NotAPath", "PatchPath", "parse_path"]


class NotAPath(ValueError):
    """The text does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class PatchPath:
    """The attribute, the condition, and the sub-attribute of a path such as `emails[type eq "work"].value`."""

    attribute: AttributePath
    condition: Tree | None = None
    sub: str | None = None


def parse_path(text: str) -> PatchPath:
    """Parse a path; raises NotAPath with the column of the first error."""
    reader = Reader(text)
    try:
        path = reader.attribute()
        if not reader.take("["):
            reader.end()
            return PatchPath(path)
        condition = reader.either()
        reader.need("]")
        sub = None
        if reader.take("."):
            behind = reader.attribute()
            if behind.urn or behind.sub:
                raise reader.wrong("expected one sub-attribute")
            sub = behind.name
        reader.end()
    except NotAFilter as error:
        raise NotAPath(str(error)) from None
    return PatchPath(path, condition, sub)
